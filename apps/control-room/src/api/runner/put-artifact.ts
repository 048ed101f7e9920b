import { Type } from 'typebox';
import { runnerOperation } from '../operation.ts';
import { HeldRun } from './schemas.ts';

export const putArtifact = runnerOperation({
  name: 'putRunArtifact',
  summary: 'Bring a file that a bot left in the folder of its run',
  description:
    'Up to 32 MiB, and as many as the server’s settings allow for a run. Under the version that the claim gave out, also after the run has ended.',
  method: 'PUT',
  path: '/runner/v1/runs/{runId}/{version}/artifacts/{name}',
  params: Type.Object({
    runId: HeldRun.properties.id,
    version: Type.Integer(),
    name: Type.String({ minLength: 1, maxLength: 255 }),
  }),
  body: 'bytes',
  reads: true,
  refuses: [404, 413],
  answer: { status: 204 },
  handle: async ({ runner, params, body }, { runs }) => {
    const { runId: id, version, name } = params;
    // `bytes` is a Buffer; typebox's widest schema type takes in every value, so the declaration cannot say it.
    await runs.artifacts.keep(runner, { id, version }, name, body as Buffer);
  },
});
