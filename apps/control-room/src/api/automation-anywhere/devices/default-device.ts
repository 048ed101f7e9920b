import { Type } from 'typebox';
import { type Operation, operation } from '../../operation.ts';
import { Id, v1Only } from '../wire.ts';
import { mayView } from './access.ts';
import { DefaultDeviceAnswer, renderDefaultDevice } from './render.ts';

/** A user's default device (contract a §8.3). Everybody has his own; the domain checks who may touch another's. */
const common = {
  module: 'Devices',
  path: '/devices/runasusers/default',
  versions: v1Only,
  access: mayView,
} as const;

const ofUser = Type.Object({ userId: Type.Optional(Id) });

/** The product has POST and PUT; what differs between them is not evidenced. */
function put(name: string, method: 'POST' | 'PUT', provenance: Operation['provenance']): Operation {
  return operation({
    ...common,
    name,
    summary: "Set a user's default device",
    method,
    provenance,
    body: Type.Object({ deviceId: Id, userId: Type.Optional(Id) }),
    answer: { status: 200, schema: DefaultDeviceAnswer, description: 'What was set.' },
    handle: async ({ caller, body }, { fleet }) =>
      renderDefaultDevice(
        await fleet.runAsUsers.setDefaultDevice(caller, {
          deviceId: body.deviceId,
          userId: body.userId ?? caller.userId,
        }),
      ),
  });
}

export const setDefaultDevice = put('setDefaultDevice', 'POST', 'documented');
export const changeDefaultDevice = put('changeDefaultDevice', 'PUT', 'inferred');

export const getDefaultDevice = operation({
  ...common,
  name: 'getDefaultDevice',
  summary: "Read a user's default device",
  description: 'Without userId the own one; 404 when none is set.',
  method: 'GET',
  provenance: 'inferred',
  query: ofUser,
  answer: { status: 200, schema: DefaultDeviceAnswer, description: 'The device.' },
  handle: async ({ caller, query }, { fleet }) =>
    renderDefaultDevice(await fleet.runAsUsers.defaultDevice(caller, query.userId ?? caller.userId)),
});

export const deleteDefaultDevice = operation({
  ...common,
  name: 'deleteDefaultDevice',
  summary: "Remove a user's default device",
  description: 'The user stands in the query or in the body; without one, the own.',
  method: 'DELETE',
  provenance: 'inferred',
  query: ofUser,
  body: ofUser,
  answer: { status: 204 },
  handle: ({ caller, query, body }, { fleet }) =>
    fleet.runAsUsers.removeDefaultDevice(caller, query.userId ?? body.userId ?? caller.userId),
});
