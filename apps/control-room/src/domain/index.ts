import { once } from '../kernel/idempotency.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type ApiTaskOptions, type ApiTasks, createApiTasks } from './api-tasks/index.ts';
import { type Assets, createAssets } from './assets/index.ts';
import { type Assistants, createAssistants } from './assistants/index.ts';
import { type AuditLog, type AuditLogOptions, createAuditLog } from './audit-log/index.ts';
import { type BotsOptions, createBots } from './bots/index.ts';
import { createFleet, type Fleet } from './fleet/index.ts';
import { createGlobalValues, type GlobalValues } from './global-values/index.ts';
import type { Identity } from './identity/index.ts';
import { createLaunches, type Launches } from './launches/index.ts';
import { createLifecycle, type Lifecycle } from './lifecycle/index.ts';
import { createOutbox, type Outbox } from './outbox/index.ts';
import { createPackages, type Packages } from './packages/index.ts';
import { createProcessRoom, type ProcessRoom } from './processes/index.ts';
import { createRepository, type Repository } from './repository/index.ts';
import { createRuns, type Runs, type RunsOptions } from './runs/index.ts';
import { createScheduling, type Scheduling } from './schedules/index.ts';
import { createTaskPackages, type TaskPackages } from './task-packages/index.ts';
import { createTransfers, type Transfers } from './transfers/index.ts';
import { createTriggering, type Triggering } from './triggers/index.ts';
import { createVault, type Vault, type VaultOptions } from './vault/index.ts';
import { createWebhooks, type Webhooks } from './webhooks/index.ts';
import { createWork, rightsOn, type Work } from './work/index.ts';
import { createWorkspaceDoor, type Workspaces } from './workspaces/index.ts';

/** Everything that the wires may call. */
export interface Domain {
  /** Contract b §0.7: an installation is one tenant. */
  readonly tenant: { readonly tenantId: number; readonly tenantUuid: string };
  readonly identity: Identity;
  readonly workspaces: Workspaces;
  readonly transfers: Transfers;
  readonly assets: Assets;
  readonly taskPackages: TaskPackages;
  readonly assistants: Assistants;
  readonly processes: ProcessRoom;
  readonly fleet: Fleet;
  readonly repository: Repository;
  readonly packages: Packages;
  readonly lifecycle: Lifecycle;
  readonly work: Work;
  readonly runs: Runs;
  readonly vault: Vault;
  readonly apiTasks: ApiTasks;
  readonly launches: Launches;
  readonly schedules: Scheduling;
  readonly triggers: Triggering;
  readonly outbox: Outbox;
  readonly webhooks: Webhooks;
  readonly globalValues: GlobalValues;
  readonly auditLog: AuditLog;
  /** Whatever `work` writes comes from there, and its record says so. */
  readonly during: Kernel['database']['during'];
  /** Under which clients reach this server, without a slash at the end; known once it listens. */
  readonly publicUrl: () => string;
  /** A write that may be repeated under its Idempotency-Key. */
  readonly once: (
    caller: string,
    key: string,
    fingerprint: Buffer,
    work: () => Promise<{ status: number; body: string }>,
  ) => ReturnType<typeof once>;
}

export interface DomainOptions {
  readonly tenantUuid: string;
  readonly publicUrl: () => string;
  readonly bots: Omit<BotsOptions, 'credential' | 'globalValues'>;
  readonly runs: RunsOptions;
  readonly vault: VaultOptions;
  readonly apiTasks: ApiTaskOptions;
  /** Signs the addresses by which files come and go. */
  readonly transferKey: Buffer;
  readonly auditLog: Pick<AuditLogOptions, 'checkpoints' | 'retentionMonths'>;
}

/** Builds the domain from the bottom up: each part is given what stands below it. */
export function createDomain(kernel: Kernel, identity: Identity, options: DomainOptions): Domain {
  const vault = createVault(kernel, options.vault);
  const globalValues = createGlobalValues(kernel);
  const bots = createBots({
    ...options.bots,
    credential: vault.forBots,
    globalValues: globalValues.forBots,
  });
  kernel.wakeUps.on('global-values', () => bots.refreshGlobals());
  kernel.wakeUps.onGap(() => bots.refreshGlobals());
  const repository = createRepository(kernel, bots);
  const packages = createPackages(kernel, repository);
  const outbox = createOutbox(kernel, options.bots.outgoing);
  const fleet = createFleet(kernel, outbox);
  const work = createWork(kernel);
  const transfers = createTransfers(kernel, options.transferKey);
  const taskPackages = createTaskPackages(kernel, transfers);
  const workspaces = createWorkspaceDoor(kernel, identity, options.tenantUuid);
  const { toolTokens } = workspaces;
  const assistants = createAssistants(kernel, { taskPackages, transfers, toolTokens });
  taskPackages.nameUsers((tx, id) => assistants.namedBy(tx, id));
  const webhooks = createWebhooks(kernel, outbox);
  const runs = createRuns(kernel, { work, fleet, repository, outbox, vault }, options.runs);
  repository.nameUsers('queue_automation_file_id_fkey', (caller, id) => runs.queueAutomations.namesFor(caller, id));
  const apiTasks = createApiTasks(kernel, { identity, repository, bots, runs }, options.apiTasks);
  const processes = createProcessRoom(kernel, {
    work,
    runs,
    transfers,
    robots: taskPackages,
    workers: {
      findWorker: async (workspaceId, id) => (await fleet.workers.find(workspaceId, id))?.deviceId,
      findGroup: async (workspaceId, id) => (await fleet.groups.find(workspaceId, id))?.id,
    },
    ownsQueue: async (userId, queueId) => {
      const caller = await identity.callerFor(userId);
      const queue = await work.queues.definition(queueId);
      return caller !== undefined && queue !== undefined && rightsOn(queue, caller).own;
    },
    webhooks,
    organizationId: options.tenantUuid,
    retentionDays: options.runs.retentionDays,
  });
  taskPackages.nameUsers((tx, id) => processes.namedBy(tx, id));
  fleet.groups.nameUsers(({ id }) => processes.groups.namedByGroup(id));
  fleet.workers.nameUsers((deviceId) => processes.groups.namedByWorker(deviceId));
  webhooks.processes((caller, id) => processes.get(caller, id));
  const launches = createLaunches(kernel, { identity, repository, runs, apiTasks, workspaces, processes });
  const schedules = createScheduling(kernel, { identity, repository, launches });
  return {
    tenant: { tenantId: 1, tenantUuid: options.tenantUuid },
    identity,
    workspaces,
    transfers,
    assets: createAssets(kernel, transfers),
    taskPackages,
    assistants,
    processes,
    fleet,
    repository,
    packages,
    lifecycle: createLifecycle(kernel, { identity, repository, packages }),
    work,
    runs,
    vault,
    apiTasks,
    launches,
    schedules,
    triggers: createTriggering(kernel, { identity, repository, work, launches, schedules }),
    outbox,
    webhooks,
    auditLog: createAuditLog(kernel, outbox, {
      ...options.auditLog,
      tenantUuid: options.tenantUuid,
      environmentName: options.publicUrl,
    }),
    during: kernel.database.during,
    globalValues,
    publicUrl: options.publicUrl,
    once: (caller, key, fingerprint, write) => once(kernel, caller, key, fingerprint, write),
  };
}
