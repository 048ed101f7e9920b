import { Type } from 'typebox';
import { Answer, workspaceOperation } from '../../operation.ts';
import { readJson } from '../../tolerance.ts';
import { inWorkspace } from '../wire.ts';
import { declared, Started } from './declared.ts';

export const startProcessRunByUrl = workspaceOperation({
  ...declared,
  name: 'startProcessRunByUrl',
  summary: 'Start a run with the key in the address',
  description:
    'For callers that cannot set headers or shape a body: the whole body becomes the payload of one work item. With `with_handshake=asana` the first call, which carries `X-Hook-Secret`, is answered with the same header and starts nothing.',
  method: 'POST',
  path: '/workspaces/{workspaceId}/processes/{processId}/process-runs-integrations',
  access: { workspace: 'Processes.trigger_processes', keyInQuery: true },
  params: inWorkspace('processId'),
  query: Type.Object({ token: Type.String(), with_handshake: Type.Optional(Type.Enum(['asana'])) }),
  body: 'bytes',
  answer: { status: 200, schema: Started, description: 'The run.' },
  handle: async ({ client, params, query, body, facts }, { processes }) => {
    const secret = facts.headers['x-hook-secret'];
    if (query.with_handshake === 'asana' && typeof secret === 'string') {
      await processes.get(client, params.processId);
      return new Answer({ started: false }, { 'X-Hook-Secret': secret });
    }
    // `bytes` is a Buffer; typebox's widest schema type takes in every value, so the declaration cannot say it.
    const payload = readJson(body as Buffer);
    const run = await processes.runs.start(client, params.processId, { kind: 'payloads', payloads: [payload ?? null] });
    return { started: true, id: run?.id };
  },
});
