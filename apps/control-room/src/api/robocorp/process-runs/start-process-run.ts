import { type Static, Type } from 'typebox';
import type { RunInput } from '../../../domain/processes/index.ts';
import { error } from '../../../kernel/errors.ts';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace } from '../wire.ts';
import { Callback, declared, Started } from './declared.ts';

const TYPES = ['with_work_item_ids', 'with_inputs', 'with_payloads'] as const;

const Body = Type.Object({
  type: Type.Optional(Type.Enum([...TYPES])),
  work_item_ids: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 10_000 })),
  payloads: Type.Optional(Type.Array(Type.Unknown(), { description: 'Any JSON, each one work item.' })),
  callback: Type.Optional(Callback),
});

export const startProcessRun = workspaceOperation({
  ...declared,
  name: 'startProcessRun',
  summary: 'Start a run of a process',
  description:
    'Without a body (or with no more than a callback) it begins with the process’s own payload, else with one empty work item. `with_inputs` takes what waits in the input of the process; nothing starts when nothing waits.',
  method: 'POST',
  path: '/workspaces/{workspaceId}/processes/{processId}/process-runs',
  access: { workspace: 'Processes.trigger_processes' },
  params: inWorkspace('processId'),
  body: Body,
  answer: { status: 200, schema: Started, description: 'Whether a run has started, and its id.' },
  handle: async ({ client, params, body }, { processes }) => {
    const { callback } = body;
    const run = await processes.runs.start(client, params.processId, inputOf(body), {
      callback: callback && { url: callback.url, secret: callback.secret, events: callback.callback_events },
    });
    return run ? { started: true, id: run.id } : { started: false };
  },
});

function inputOf({ type, work_item_ids: itemIds, payloads }: Static<typeof Body>): RunInput {
  switch (type) {
    case 'with_inputs':
      return { kind: 'waiting' };
    case 'with_work_item_ids':
      if (!itemIds) throw error('invalid', 'The work_item_ids are missing.', { details: 'expected a list of ids' });
      return { kind: 'items', itemIds };
    case 'with_payloads':
      if (!payloads) throw error('invalid', 'The payloads are missing.', { details: 'expected a list of any JSON' });
      return { kind: 'payloads', payloads };
    default:
      // What it is to be is said by what came with it.
      if (itemIds) return { kind: 'items', itemIds };
      return payloads ? { kind: 'payloads', payloads } : { kind: 'default' };
  }
}
