import { Type } from 'typebox';
import { error } from '../../kernel/errors.ts';
import { runnerOperation } from '../operation.ts';
import { HeldRun } from './schemas.ts';

export const getRunBundle = runnerOperation({
  name: 'getRunBundle',
  summary: 'Fetch the bot of a run with all the bots it calls',
  description: 'Of a run that the device has, in the version that its deployment asks for.',
  method: 'GET',
  path: '/runner/v1/runs/{runId}/bundle',
  params: Type.Object({ runId: HeldRun.properties.id }),
  answer: {
    status: 200,
    schema: Type.Object({
      fileId: Type.Integer(),
      path: Type.String(),
      hash: Type.String(),
      files: Type.Array(Type.Object({ path: Type.String(), content: Type.String() })),
    }),
    description: 'The bundle.',
  },
  handle: async ({ runner, params }, { runs, repository }) => {
    const run = await runs.claims.heldBy(runner.deviceId, params.runId);
    const bundle = run && (await repository.bundles.get(run.fileId, { label: run.botLabel }));
    if (!bundle) throw error('notFound', `This device has no run with the id ${params.runId}.`);
    return bundle;
  },
});
