import { sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';
import { deviceLease, type Fleet } from '../fleet/index.ts';
import type { Repository } from '../repository/index.ts';
import type { QueueService, Work } from '../work/index.ts';
import { createActivity } from './activity.ts';
import { createDispatch } from './dispatch.ts';
import { createItemLogs } from './item-logs.ts';
import { createItemProgress } from './item-progress.ts';
import { createQueueAutomations } from './queue-automations.ts';

/** Bringing bots, queues and devices together. */
export function createRuns({ database, wakeUps }: Kernel, work: Work, fleet: Fleet, repository: Repository) {
  return {
    activity: createActivity(database),
    queueAutomations: createQueueAutomations(database, work, repository),
    dispatch: createDispatch(database, wakeUps, work, fleet, repository),
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
export type { Run, RunStatus, RunWithOutputs } from './activity.ts';
export type { Assignment } from './dispatch.ts';
export type { NewQueueAutomation, QueueAutomation } from './queue-automations.ts';
