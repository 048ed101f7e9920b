import type { Kernel } from '../../kernel/kernel.ts';
import { createRunners } from './runners.ts';

/** Devices, their pools and their presence. */
export function createFleet({ database, wakeUps }: Kernel) {
  const runners = createRunners(database, wakeUps);
  return { runners, authenticateRunner: runners.authenticateRunner };
}

export type Fleet = ReturnType<typeof createFleet>;
export { DEVICE_LEASE_SECONDS, type DeviceFacts, deviceLease, holderOf, type RunnerIdentity } from './runners.ts';
