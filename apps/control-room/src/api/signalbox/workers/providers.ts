import { Type } from 'typebox';
import type { OnDemandWorker } from '../../../domain/fleet/index.ts';
import { operation } from '../../operation.ts';
import { inWorkspace, declared as workspaceDeclared, workspaceParams } from '../workspaces/declared.ts';

/* Who makes workers of a group when work waits for them (contract robocorp §10.1). The vendor's own page does this. By owners. */

const declared = {
  ...workspaceDeclared,
  ...inWorkspace,
  module: 'Workers',
  path: '/signalbox/v1/workspaces/{workspaceId}/worker-groups/{groupId}/provider',
  params: workspaceParams({ groupId: Type.String({ maxLength: 100 }) }),
} as const;

const Lifetime = Type.Union([Type.Integer({ minimum: 60, maximum: 86_400 }), Type.Null()]);
const settings = {
  mostWorkers: Type.Integer({ minimum: 0, maximum: 1_000, description: 'At the same time; 0: none any more.' }),
  idleSeconds: Type.Integer({ minimum: 30, maximum: 86_400, description: 'Without work for so long it is stopped.' }),
  maxLifetimeSeconds: Lifetime,
};
const Shown = Type.Object({ origin: Type.String({ description: 'Of its address.' }), ...settings });
const Moment = Type.Union([Type.String(), Type.Null()]);

const setProvider = operation({
  ...declared,
  name: 'setWorkerProvider',
  summary: 'Say who makes workers of a group on demand',
  description:
    'It is sent signed `start`, `stop` and `status` messages. The address and the secret are kept sealed and never shown; without a secret the one before stays.',
  method: 'PUT',
  body: Type.Object({
    url: Type.String({ minLength: 1, maxLength: 2_000 }),
    secret: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    mostWorkers: settings.mostWorkers,
    idleSeconds: Type.Optional(settings.idleSeconds),
    maxLifetimeSeconds: Type.Optional(Lifetime),
  }),
  answer: { status: 200, schema: Shown, description: 'The settings.' },
  handle: async ({ caller, params, body }, { workspaces, fleet }) =>
    fleet.providers.put(await workspaces.enter(caller, params.workspaceId, 'OWNER'), params.groupId, body),
});

const getProvider = operation({
  ...declared,
  name: 'getWorkerProvider',
  summary: 'Read who makes workers of a group, those it made, and what it answered',
  method: 'GET',
  answer: {
    status: 200,
    schema: Type.Object({
      ...Shown.properties,
      workers: Type.Array(
        Type.Object({
          runtimeId: Type.String(),
          workerId: Type.Union([Type.String(), Type.Null()]),
          status: Type.Enum(['STARTING', 'WORKING', 'DRAINING', 'STOPPED']),
          reason: Type.String({ description: 'Why it was stopped.' }),
          createdOn: Type.String(),
          stoppedOn: Moment,
        }),
      ),
      deliveries: Type.Array(
        Type.Object({
          id: Type.Integer(),
          kind: Type.String(),
          status: Type.String(),
          attempts: Type.Integer(),
          createdOn: Type.String(),
          lastStatus: Type.Union([Type.Integer(), Type.Null()]),
          lastProblem: Type.String(),
        }),
      ),
    }),
    description: 'The newest first.',
  },
  handle: async ({ caller, params: { workspaceId, groupId } }, { workspaces, fleet }) => {
    const member = await workspaces.enter(caller, workspaceId);
    const provider = await fleet.providers.get(member, groupId);
    const deliveries = await fleet.providers.deliveries(member, groupId);
    return {
      ...provider,
      workers: (await fleet.providers.workers(member, groupId)).map(renderWorker),
      deliveries: deliveries
        .toSorted((a, b) => b.id - a.id)
        .map(({ id, kind, status, attempts, createdOn, log }) => ({
          id,
          kind,
          status,
          attempts,
          createdOn: createdOn.toString(),
          lastStatus: log.at(-1)?.httpStatus ?? null,
          lastProblem: log.at(-1)?.problem ?? '',
        })),
    };
  },
});

const removeProvider = operation({
  ...declared,
  name: 'removeWorkerProvider',
  summary: 'Make no more workers of a group on demand',
  description: 'Refused while one that was made is there: set `mostWorkers` to 0 and wait.',
  method: 'DELETE',
  refuses: [409],
  answer: { status: 204 },
  handle: async ({ caller, params }, { workspaces, fleet }) =>
    fleet.providers.remove(await workspaces.enter(caller, params.workspaceId, 'OWNER'), params.groupId),
});

const testProvider = operation({
  ...declared,
  name: 'testWorkerProvider',
  summary: 'Send the provider a status message',
  description: 'What it answers is in the deliveries that GET …/provider shows, a moment later.',
  method: 'POST',
  path: `${declared.path}/test`,
  answer: { status: 202 },
  handle: async ({ caller, params }, { workspaces, fleet }) =>
    fleet.providers.test(await workspaces.enter(caller, params.workspaceId, 'OWNER'), params.groupId),
});

const renderWorker = ({ createdOn, stoppedOn, ...worker }: OnDemandWorker): object => ({
  ...worker,
  createdOn: createdOn.toString(),
  stoppedOn: stoppedOn?.toString() ?? null,
});

export const providerOperations = [getProvider, setProvider, removeProvider, testProvider];
