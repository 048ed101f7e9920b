import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace, Nullable } from '../wire.ts';
import { declared, robotOf } from './declared.ts';

const path = '/process-v1/workspaces/{workspaceId}/processes/{processId}';
const stepRun = `${path}/runs/{processRunId}/robotRuns/{stepRunId}`;
const stepRunParams = inWorkspace('processId', 'processRunId', 'stepRunId');

const reserve = workspaceOperation({
  ...declared,
  name: 'reserveNextWorkItem',
  summary: 'Reserve the next work item of the robot’s step',
  description: 'Said again before the item was looked at, it answers the same one: the answer may have been lost.',
  method: 'POST',
  path: `${stepRun}/reserve-next-work-item`,
  params: stepRunParams,
  answer: {
    status: 200,
    schema: Type.Object({ workItemId: Nullable(Type.String()) }),
    description: 'null: nothing waits.',
  },
  handle: async ({ client, params }, { processes }) => {
    const id = await processes.robots.items.reserve(robotOf(client, params));
    return { workItemId: id === undefined ? null : String(id) };
  },
});

const release = workspaceOperation({
  ...declared,
  name: 'releaseWorkItem',
  summary: 'Say how a work item ended',
  description: 'May be said twice. BUSINESS: its data are to blame, and it is not tried again.',
  method: 'POST',
  path: `${stepRun}/release-work-item`,
  params: stepRunParams,
  body: Type.Object({
    workItemId: Type.String({ maxLength: 100 }),
    state: Type.Enum(['COMPLETED', 'FAILED']),
    exception: Type.Optional(
      Type.Object({
        type: Type.Optional(Type.Enum(['BUSINESS', 'APPLICATION'])),
        code: Type.Optional(Type.String({ maxLength: 10_000 })),
        message: Type.Optional(Type.String()),
      }),
    ),
  }),
  answer: { status: 200, description: 'It has ended.' },
  handle: async ({ client, params, body: { workItemId, state, exception } }, { processes }) => {
    const type = exception?.type === 'BUSINESS' ? ('business' as const) : ('application' as const);
    await processes.robots.items.release(robotOf(client, params), workItemId, {
      status: state,
      exception:
        state === 'COMPLETED'
          ? null
          : {
              type,
              code: exception?.code?.slice(0, 255) ?? null,
              message: exception?.message?.slice(0, 10_000) ?? null,
            },
    });
    return {};
  },
});

const output = workspaceOperation({
  ...declared,
  name: 'createOutputWorkItem',
  summary: 'Make a work item for the next step, or an output of the run',
  description: 'Out of an item that the robot has; it is handed on when that has been released.',
  method: 'POST',
  path: `${path}/work-items/{workItemId}/output`,
  params: inWorkspace('processId', 'workItemId'),
  body: Type.Object({ payload: Type.Optional(Type.Unknown({ description: 'Any JSON.' })) }),
  answer: { status: 200, schema: Type.Object({ id: Type.String() }), description: 'The new item.' },
  handle: async ({ client, params, body }, { processes }) => ({
    id: String(await processes.robots.items.output(robotOf(client, params), params.workItemId, body.payload ?? null)),
  }),
});

export const reservationOperations = [reserve, release, output];
