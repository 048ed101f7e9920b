import { Type } from 'typebox';
import { error } from '../../kernel/errors.ts';
import { Content, runnerOperation } from '../operation.ts';
import { HeldRun } from './schemas.ts';

export const getRobot = runnerOperation({
  name: 'getRobot',
  summary: 'Fetch the package of a robot',
  description: 'Of a run that the device has.',
  method: 'GET',
  path: '/runner/v1/robots/{runId}',
  params: Type.Object({ runId: HeldRun.properties.id }),
  answer: { status: 200, description: 'The zip archive; its SHA-256 is in the order.' },
  handle: async ({ runner, params }, { processes }) => {
    const robot = await processes.robots.packageFor(runner.deviceId, params.runId);
    if (!robot) throw error('notFound', `This device has no robot with the run ${params.runId}.`);
    return new Content(robot, 'application/zip');
  },
});
