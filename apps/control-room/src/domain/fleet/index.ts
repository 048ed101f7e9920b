import type { Kernel } from '../../kernel/kernel.ts';
import { createDevices } from './devices.ts';
import { createHealth } from './health.ts';
import { createPools } from './pools.ts';
import { createRunAsUsers } from './run-as-users.ts';
import { createRunners } from './runners.ts';

/** Devices, their pools and their presence. */
export function createFleet({ database, wakeUps }: Kernel) {
  const runners = createRunners(database, wakeUps);
  return {
    runners,
    authenticateRunner: runners.authenticateRunner,
    devices: createDevices(database),
    health: createHealth(database),
    runAsUsers: createRunAsUsers(database),
    pools: createPools(database),
  };
}

export type Fleet = ReturnType<typeof createFleet>;
export { DEVICE_STATES, type Device } from './devices.ts';
export { type Health, TAKES_WORK } from './health.ts';
export {
  AUTOMATION_SCHEMES,
  type AutomationScheme,
  type Pool,
  type PoolChanges,
  type PoolSettings,
  TIME_SLICE_UNITS,
  type TimeSliceUnit,
} from './pools.ts';
export type { DefaultDevice, RunAsUser } from './run-as-users.ts';
export { DEVICE_LEASE_SECONDS, type DeviceFacts, deviceLease, holderOf, type RunnerIdentity } from './runners.ts';
