import { Type } from 'typebox';
import type { Domain } from '../../../domain/index.ts';
import type { RunInput } from '../../../domain/processes/index.ts';
import { error } from '../../../kernel/errors.ts';
import { type ClientCall, workspaceOperation } from '../../operation.ts';
import { readJson } from '../../tolerance.ts';
import { inWorkspace } from '../wire.ts';
import { declared, path, starts } from './declared.ts';

const shared = {
  ...declared,
  method: 'POST',
  params: inWorkspace('processId'),
  answer: {
    status: 200,
    schema: Type.Object({ id: Type.String(), workItemIds: Type.Array(Type.String()) }),
    description: 'The run and what it began with.',
  },
} as const;

const startRun = workspaceOperation({
  ...shared,
  name: 'startLegacyRun',
  summary: 'Start a run with the body as its one payload',
  path: `${path}/processes/{processId}/runs`,
  access: starts,
  body: 'bytes',
  handle: ({ client, params, body }, domain) => start(client, params.processId, payloadOf(body), domain),
});

const startRunByUrl = workspaceOperation({
  ...shared,
  name: 'startLegacyRunByUrl',
  summary: 'The same with the key in the address',
  path: `${path}/processes/{processId}/runs-qs-authorization`,
  access: { ...starts, keyInQuery: true },
  body: 'bytes',
  handle: ({ client, params, body }, domain) => start(client, params.processId, payloadOf(body), domain),
});

const startBatch = workspaceOperation({
  ...shared,
  name: 'startLegacyBatch',
  summary: 'Start one run with a work item for each element of the body',
  path: `${path}/processes/{processId}/runs-batch`,
  access: starts,
  body: 'bytes',
  handle: ({ client, params, body }, domain) => {
    const payloads = readJson(body as Buffer); // `bytes` is a Buffer; the declaration cannot say it.
    if (!Array.isArray(payloads))
      throw error('invalid', 'The body is no list.', { details: 'expected a JSON array, one payload each' });
    return start(client, params.processId, { kind: 'payloads', payloads }, domain);
  },
});

const requestRun = workspaceOperation({
  ...shared,
  name: 'requestLegacyRun',
  summary: 'Start a run with what waits, with named items, or with nothing',
  path: `${path}/processes/{processId}/run-request`,
  access: starts,
  body: Type.Object({
    type: Type.Optional(Type.Enum(['default', 'storages', 'workItemIds'])),
    storages: Type.Optional(Type.Array(Type.Enum(['input', 'failed', 'output']), { maxItems: 10 })),
    workItemIds: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 10_000 })),
  }),
  handle: ({ client, params, body: { type = 'default', storages = [], workItemIds = [] } }, domain) => {
    const input: RunInput =
      type === 'workItemIds'
        ? { kind: 'items', itemIds: workItemIds }
        : type === 'storages'
          ? { kind: 'waiting', from: storages }
          : { kind: 'default' };
    return start(client, params.processId, input, domain);
  },
});

export const startOperations = [startRun, startRunByUrl, startBatch, requestRun];

/** Whatever came is one payload, a list too; nothing makes an item without one. */
function payloadOf(body: unknown): RunInput {
  return { kind: 'payloads', payloads: [readJson(body as Buffer) ?? null] }; // `bytes` is a Buffer; the declaration cannot say it.
}

async function start(
  client: ClientCall<never, never, never>['client'],
  processId: string,
  input: RunInput,
  { processes }: Domain,
): Promise<object> {
  const run = await processes.runs.start(client, processId, input);
  if (!run) throw error('conflict', 'No work item waits there, and so no run has started.');
  return { id: run.id, workItemIds: run.itemIds.map(String) };
}
