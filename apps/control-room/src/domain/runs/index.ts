import { sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';
import { deviceLease, type Fleet } from '../fleet/index.ts';
import type { Outbox } from '../outbox/index.ts';
import type { Repository } from '../repository/index.ts';
import type { Vault } from '../vault/index.ts';
import type { QueueService, Work } from '../work/index.ts';
import { createActivity } from './activity.ts';
import { createDeployments } from './deployments.ts';
import { createDispatch } from './dispatch.ts';
import { createItemDispatch } from './item-dispatch.ts';
import { createItemLogs } from './item-logs.ts';
import { createItemProgress } from './item-progress.ts';
import { createManaging } from './manage.ts';
import { createQueueAutomations } from './queue-automations.ts';
import { type ArtifactLimits, createRunArtifacts } from './run-artifacts.ts';
import { createRunClaims } from './run-claims.ts';
import { createRunCredentials } from './run-credentials.ts';
import { createRunDispatch } from './run-dispatch.ts';
import { createRunEnds } from './run-ends.ts';
import { createRunExplaining } from './run-explain.ts';
import { createRunLogs } from './run-logs.ts';
import { createRunProgress } from './run-progress.ts';
import { createRunSweeps } from './run-sweeps.ts';

/** What stands below the runs. */
export interface RunsParts {
  readonly work: Work;
  readonly fleet: Fleet;
  readonly repository: Repository;
  readonly outbox: Outbox;
  readonly vault: Pick<Vault, 'forBots'>;
}

export interface RunsOptions {
  /** Runs that ended longer ago are forgotten; without it none are. */
  readonly retentionDays: number | undefined;
  readonly artifacts: ArtifactLimits;
}

/** Bringing bots, queues and devices together. */
export function createRuns(
  kernel: Kernel,
  { work, fleet, repository, outbox, vault }: RunsParts,
  options: RunsOptions,
) {
  const { database, wakeUps, sealer } = kernel;
  const ends = createRunEnds(sealer, outbox);
  const claims = createRunClaims(database, ends, fleet.health);
  const runDispatch = createRunDispatch(database, claims, ends, repository);
  const activity = createActivity(database);
  fleet.workers.countAsWork(sql`exists (select from run r where r.lease_id = l.id)`);
  fleet.workers.countAsWork(sql`exists (select from work_item w where w.lease_id = l.id)`);
  return {
    activity,
    explaining: createRunExplaining(database, activity, fleet),
    artifacts: createRunArtifacts(database, options.artifacts),
    deployments: createDeployments(kernel, fleet, repository),
    claims,
    credentials: createRunCredentials(database, vault.forBots),
    openCommands: runDispatch.openCommands,
    progress: createRunProgress(database),
    logs: createRunLogs(database),
    /** What the end of a run brings with it, for those who end runs without a device. */
    ends,
    manage: createManaging(database, ends),
    sweeps: createRunSweeps(database, ends, fleet.health, options.retentionDays),
    queueAutomations: createQueueAutomations(database, work, repository),
    dispatch: createDispatch(database, wakeUps, fleet, createItemDispatch(database, work, repository), runDispatch),
    itemLogs: createItemLogs(database),
    itemProgress: createItemProgress(database),

    /** Who could work off a queue at this moment. */
    async serviceOf(queueId: number): Promise<QueueService> {
      const automation = await database.first(
        sql<{
          id: number;
          name: string;
          poolId: number;
          ranDry: boolean;
        }>`select id, name, pool_id as "poolId", ran_dry as "ranDry"
          from queue_automation where queue_id = ${queueId} and status = 'ACTIVE'`,
      );
      if (!automation) return { automation, runnersAlive: 0, runnersKnown: 0 };
      const devices = await database.all(
        sql<{ device_id: number }>`select device_id from device_pool_device where pool_id = ${automation.poolId}`,
      );
      const alive = await database.all(
        sql`select 1 from lease where subject = any(${devices.map(({ device_id }) => deviceLease(device_id))}) and expires_on > present()`,
      );
      return { automation, runnersAlive: alive.length, runnersKnown: devices.length };
    },
  };
}

export type Runs = ReturnType<typeof createRuns>;
export type { Run, RunWithOutputs } from './activity.ts';
export { automationNameOf } from './automation-name.ts';
export { type BotInput, readBotInput } from './bot-input.ts';
export type { Callback } from './callback.ts';
export {
  type DeploymentReceipt,
  type DeploymentRequest,
  PRIORITIES,
  type Priority,
} from './deployments.ts';
export type { TakenWork } from './dispatch.ts';
export { DEVICE_RUNS, ON_DEMAND_STOP, RUN_ENDED, STEP_RUNS } from './dispatch-topics.ts';
export { devicesAmong, explainPlace } from './explain-place.ts';
export type { Assignment } from './item-dispatch.ts';
export { isFinal, RUN_OUTCOMES, RUN_STATUSES, RUN_TRANSITIONS, type RunStatus } from './life-cycle.ts';
export { MANAGE_ACTIONS, type ManageAction, type ManageError } from './manage.ts';
export { DEVICE_USAGES, type DeviceUsage, type Target } from './placement.ts';
export { deployPicked, FREE_SLOTS } from './queries/deploy-picked.ts';
export { noteBusy } from './queries/note-busy.ts';
export type { NewQueueAutomation, QueueAutomation } from './queue-automations.ts';
export { RUN_LEASE_SECONDS, type RunResult } from './run-claims.ts';
export type { EndedRun, RunEnds } from './run-ends.ts';
export { activityIdOf, readRunId } from './run-id.ts';
export { deleteRuns } from './run-sweeps.ts';
