import { type TSchema, Type } from 'typebox';
import type { DefaultDevice, Device, Pool, RunAsUser } from '../../../domain/fleet/index.ts';

const Moment = Type.String({ description: 'ISO 8601, UTC' });
/** Ids of this module are texts of digits (contract a §1.4). */
const TextId = Type.String({ description: 'digits' });

export const DeviceAnswer: TSchema = Type.Object({
  id: TextId,
  type: Type.String(),
  hostName: Type.String(),
  userId: Type.String(),
  userName: Type.String(),
  status: Type.String({ description: 'CONNECTED, DISCONNECTED' }),
  state: Type.String({ description: 'Our own: ACTIVE, DRAINING, QUARANTINED' }),
  poolName: Type.String(),
  fullyQualifiedHostName: Type.String(),
  updatedBy: Type.String({ description: "a user's name" }),
  updatedOn: Moment,
  botAgentVersion: Type.String(),
  nickname: Type.String(),
  lifespan: Type.String(),
  defaultUsers: Type.Array(Type.Object({ id: TextId, username: Type.String() })),
});

/** Contract a §8.1. `userId` and `userName` name who is logged in at the machine: our runners need nobody to be. */
export function renderDevice(device: Device): object {
  return {
    id: String(device.id),
    type: device.type,
    hostName: device.hostName,
    userId: '',
    userName: '',
    status: device.connected ? 'CONNECTED' : 'DISCONNECTED',
    state: device.state,
    poolName: device.poolName,
    fullyQualifiedHostName: device.fullyQualifiedHostName,
    updatedBy: device.updatedByName,
    updatedOn: device.updatedOn.toString(),
    botAgentVersion: device.botAgentVersion,
    nickname: device.nickname,
    lifespan: device.lifespan,
    defaultUsers: device.defaultUsers.map(({ id, username }) => ({ id: String(id), username })),
  };
}

export const RunAsUserAnswer: TSchema = Type.Object({
  id: TextId,
  username: Type.String(),
  firstName: Type.String(),
  lastName: Type.String(),
  device: Type.Optional(Type.Object({ id: TextId, hostName: Type.String() }, { description: 'The default device.' })),
});

export function renderRunAsUser({ id, username, firstName, lastName, defaultDevice }: RunAsUser): object {
  return {
    id: String(id),
    username,
    firstName,
    lastName,
    ...(defaultDevice ? { device: { id: String(defaultDevice.id), hostName: defaultDevice.hostName } } : {}),
  };
}

export const DefaultDeviceAnswer = Type.Object({ deviceId: TextId, userId: TextId });

export function renderDefaultDevice({ deviceId, userId }: DefaultDevice): object {
  return { deviceId: String(deviceId), userId: String(userId) };
}

export const PoolAnswer: TSchema = Type.Object({
  id: TextId,
  name: Type.String(),
  description: Type.String(),
  status: Type.String(),
  deviceCount: Type.String(),
  automationScheme: Type.String({ description: 'ROUND_ROBIN, PRIORITY' }),
  timeSlice: Type.String(),
  timeSliceUnit: Type.String(),
  deviceIds: Type.Array(TextId),
  ownerIds: Type.Array(TextId),
  consumerIds: Type.Array(TextId),
  createdBy: TextId,
  createdOn: Moment,
  updatedBy: TextId,
  updatedOn: Moment,
  version: Type.String(),
});

/** Contract a §8.4. The list's items are documented with fewer keys; they get all of them. */
export function renderPool(pool: Pool): object {
  return {
    id: String(pool.id),
    name: pool.name,
    description: pool.description,
    status: pool.status,
    deviceCount: String(pool.deviceIds.length),
    automationScheme: pool.automationScheme,
    timeSlice: String(pool.timeSlice),
    timeSliceUnit: pool.timeSliceUnit,
    deviceIds: pool.deviceIds.map(String),
    ownerIds: pool.ownerIds.map(String),
    consumerIds: pool.consumerIds.map(String),
    createdBy: String(pool.createdBy),
    createdOn: pool.createdOn.toString(),
    updatedBy: String(pool.updatedBy),
    updatedOn: pool.updatedOn.toString(),
    version: String(pool.version),
  };
}
