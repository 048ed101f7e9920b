import { Type } from 'typebox';
import { DEVICE_STATES } from '../../../domain/fleet/index.ts';
import { type Objects, operation } from '../../operation.ts';
import { AnyObject, ids, v2Only } from '../wire.ts';
import { mayView } from './access.ts';
import { DeviceAnswer, renderDevice } from './render.ts';

/* Calls about one device. The vendor's paths for them are not known: these are our own. */

const DEVICE: Readonly<Record<string, Objects>> = { id: { kind: 'device', visibleTo: 'shared' } };
const declared = { module: 'Devices', versions: v2Only, provenance: 'extension', objects: DEVICE } as const;
const mayEdit = { anyOf: ['devices.edit'] } as const;

const Moment = Type.Union([Type.String(), Type.Null()]);
const OneDevice = Type.Intersect([
  DeviceAnswer,
  Type.Object({
    state: Type.Enum([...DEVICE_STATES]),
    os: Type.String(),
    capacity: Type.Integer({ description: 'Bots at the same time.' }),
    capabilities: AnyObject,
    health: Type.Object({
      drainingSince: Moment,
      drainingReason: Type.String(),
      quarantinedUntil: Moment,
      failures: Type.Integer({ description: 'Runs in a row that went wrong because of the device.' }),
      lastFailure: Type.String(),
      lastFailureOn: Moment,
    }),
  }),
]);

export const getDevice = operation({
  ...declared,
  name: 'getDevice',
  summary: 'Read a device with what it can and how it fares',
  method: 'GET',
  path: '/devices/{id}',
  access: mayView,
  params: ids('id'),
  answer: { status: 200, schema: OneDevice, description: 'The device.' },
  handle: async ({ caller, params }, { fleet }) => {
    const device = await fleet.devices.get(caller, params.id);
    const health = await fleet.health.read(params.id);
    return {
      ...renderDevice(device),
      os: device.os,
      capacity: device.capacity,
      capabilities: device.capabilities,
      health: {
        drainingSince: health?.drainingSince?.toString() ?? null,
        drainingReason: health?.drainingReason ?? '',
        quarantinedUntil: health?.quarantinedUntil?.toString() ?? null,
        failures: health?.failures ?? 0,
        lastFailure: health?.lastFailure ?? '',
        lastFailureOn: health?.lastFailureOn?.toString() ?? null,
      },
    };
  },
});

export const renameDevice = operation({
  ...declared,
  name: 'renameDevice',
  summary: 'Give a device a nickname',
  description: 'An empty one takes it away. The host name is what the machine says of itself and stays.',
  method: 'PUT',
  path: '/devices/{id}',
  access: mayEdit,
  params: ids('id'),
  body: Type.Object({ nickname: Type.String({ maxLength: 255 }) }),
  answer: { status: 200, schema: DeviceAnswer, description: 'The device.' },
  handle: async ({ caller, params, body }, { fleet }) =>
    renderDevice(await fleet.devices.rename(caller, params.id, body.nickname)),
});

export const deleteDevice = operation({
  ...declared,
  name: 'deleteDevice',
  summary: 'Delete a device',
  description: 'Its key is worth nothing from then on. Refused while it is connected.',
  method: 'DELETE',
  path: '/devices/{id}',
  access: { anyOf: ['devices.delete'] },
  params: ids('id'),
  refuses: [409],
  answer: { status: 204 },
  handle: ({ caller, params }, { fleet }) => fleet.devices.remove(caller, params.id),
});

export const drainDevice = operation({
  ...declared,
  name: 'drainDevice',
  summary: 'Give a device nothing more',
  description: 'It finishes what it has. Survives restarts, of the device and of the server.',
  method: 'POST',
  path: '/devices/{id}/drain',
  access: mayEdit,
  params: ids('id'),
  body: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500, description: 'For whoever wonders.' })) }),
  answer: { status: 200, schema: DeviceAnswer, description: 'The device.' },
  handle: async ({ caller, params, body }, { fleet }) => {
    await fleet.health.drain(caller, params.id, body.reason ?? '');
    return renderDevice(await fleet.devices.get(caller, params.id));
  },
});

export const resumeDevice = operation({
  ...declared,
  name: 'resumeDevice',
  summary: 'Give a device work again',
  description: 'Ends draining and quarantine; failures of before count no more.',
  method: 'POST',
  path: '/devices/{id}/resume',
  access: mayEdit,
  params: ids('id'),
  answer: { status: 200, schema: DeviceAnswer, description: 'The device.' },
  handle: async ({ caller, params }, { fleet }) => {
    await fleet.health.resume(caller, params.id);
    return renderDevice(await fleet.devices.get(caller, params.id));
  },
});
