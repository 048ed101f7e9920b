import type { Operation } from '../../operation.ts';
import { createPool } from './create-pool.ts';
import { changeDefaultDevice, deleteDefaultDevice, getDefaultDevice, setDefaultDevice } from './default-device.ts';
import { deletePool } from './delete-pool.ts';
import { getPool } from './get-pool.ts';
import { listDevices } from './list-devices.ts';
import { listPools } from './list-pools.ts';
import { listRunAsUsers } from './list-run-as-users.ts';
import { deleteDevice, drainDevice, getDevice, renameDevice, resumeDevice } from './one-device.ts';
import { resetDevices } from './reset-devices.ts';
import { updatePool } from './update-pool.ts';

/** Devices, run-as users and device pools: contract a §8. */
export const deviceOperations: readonly Operation[] = [
  listDevices,
  resetDevices,
  getDevice,
  renameDevice,
  deleteDevice,
  drainDevice,
  resumeDevice,
  listRunAsUsers,
  setDefaultDevice,
  changeDefaultDevice,
  getDefaultDevice,
  deleteDefaultDevice,
  createPool,
  listPools,
  getPool,
  updatePool,
  deletePool,
];
