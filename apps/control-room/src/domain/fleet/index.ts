import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Outbox } from '../outbox/index.ts';
import { createDevices } from './devices.ts';
import { createHealth } from './health.ts';
import { createLinkTokens, type Linked } from './link-tokens.ts';
import { createOnDemand } from './on-demand.ts';
import { createPools } from './pools.ts';
import { createRunAsUsers } from './run-as-users.ts';
import { createRunners } from './runners.ts';
import { createWorkerGroups } from './worker-groups.ts';
import { createWorkerProviders } from './worker-providers.ts';
import { createWorkers } from './workers.ts';

/** Devices, their pools and their presence; and the same devices as the workers of workspaces. */
export function createFleet(kernel: Kernel, outbox: Outbox) {
  const { database, wakeUps, sealer } = kernel;
  const workers = createWorkers(database, wakeUps);
  const groups = createWorkerGroups(database, workers);
  const linkTokens = createLinkTokens(database, sealer, groups.require);
  const providers = createWorkerProviders(kernel, outbox, groups.require);
  const onDemand = createOnDemand(database, { workers, providers, linkTokens });
  const runners = createRunners(database, wakeUps, linkTokens, settle);
  groups.nameUsers(providers.usersOf);

  /** What else a link token brings about for the device that has just come with it. */
  async function settle(tx: Transaction, deviceId: number, { groupId, runtimeId }: Linked): Promise<void> {
    if (groupId !== null) await tx.all(sql`insert into worker_group_member values (${groupId}, ${deviceId})`);
    if (runtimeId !== null) await onDemand.linked(tx, deviceId, runtimeId);
  }

  return {
    runners,
    authenticateRunner: runners.authenticateRunner,
    devices: createDevices(database),
    health: createHealth(database),
    runAsUsers: createRunAsUsers(database),
    pools: createPools(database),
    workers,
    groups,
    linkTokens,
    providers,
    onDemand,
  };
}

export type Fleet = ReturnType<typeof createFleet>;
export { DEVICE_STATES, type Device } from './devices.ts';
export { type Health, TAKES_WORK } from './health.ts';
export type { GroupLinkToken } from './link-tokens.ts';
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
export type { Membership, WorkerGroup } from './worker-groups.ts';
export type { OnDemandWorker, Provider, ProviderSettings } from './worker-providers.ts';
export { WORKER_STATES, type Worker, type WorkerDetail, type WorkerPlace, type WorkerState } from './workers.ts';
