import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import type { Fleet } from '../fleet/index.ts';
import type { Caller } from '../identity/index.ts';
import type { Explanation } from '../work/index.ts';
import type { Activity, RunKind, RunWithOutputs } from './activity.ts';
import { explainDevice, readDevice } from './device-explain.ts';
import { devicesAmong, explainPlace, inLine, obstacleOf } from './explain-place.ts';
import { sqlList, WAITING_RUNS } from './life-cycle.ts';

export type ExplainWaiting = (run: { readonly id: string }) => Promise<Explanation>;

interface Circumstances {
  readonly userName: string;
  readonly userUsable: boolean;
  readonly poolIds: readonly number[] | null;
  readonly hasErrors: boolean;
  readonly leaseUntil: Temporal.Instant | null;
}

/** Why a run, or a device, is as it is, and when that changes by itself. Every status has its reason; a test walks all. */
export function createRunExplaining(database: Database, activity: Activity, fleet: Fleet) {
  const explainers = new Map<RunKind, ExplainWaiting>();

  return {
    /** Said once at the start: who knows why runs of a kind wait that is given out by a part above this one. */
    waiting(kind: RunKind, explain: ExplainWaiting): void {
      explainers.set(kind, explain);
    },

    /** @throws notFound */
    async run(caller: Caller, id: string): Promise<{ run: RunWithOutputs; explanation: Explanation }> {
      const run = await activity.get(caller, id);
      return { run, explanation: await explain(run) };
    },

    /** @throws notFound, also for a device that the caller may not see */
    async device(caller: Caller, id: number) {
      const device = await readDevice(database, fleet, caller, id);
      return { device, explanation: explainDevice(device) };
    },
  };

  async function explain(run: RunWithOutputs): Promise<Explanation> {
    const facts = await circumstancesOf(run.id);
    const next = facts.leaseUntil;
    switch (run.status) {
      case 'QUEUED':
      case 'PENDING_EXECUTION':
        return explainWaiting(run, facts);
      case 'DEPLOYED':
        return {
          reason: 'STAGED',
          text: `Device ${run.deviceName} has it and will begin soon; unless it is heard of, the run waits for a device again then.`,
          next,
        };
      case 'RUNNING':
        if (run.command !== null) {
          return {
            reason: 'ASKED',
            text: `Device ${run.deviceName} has been asked to ${run.command.toLowerCase()} it and has not answered yet.`,
            next,
          };
        }
        return {
          reason: 'RUNNING',
          text: `Device ${run.deviceName} is running it${next === null ? '' : '; unless it is heard of, the run becomes UNKNOWN then'}.`,
          next,
        };
      case 'RUN_PAUSED':
        return {
          reason: 'PAUSED',
          text: `It stands before line ${run.currentLine + 1}${await pausedBy(run)}, until somebody resumes or stops it.`,
          next: null,
        };
      case 'COMPLETED':
        return { reason: 'COMPLETED', text: 'It is done.', next: null };
      case 'DEPLOY_FAILED':
        return {
          reason: facts.hasErrors ? 'BOT_HAS_ERRORS' : 'DEPLOY_FAILED',
          text: `Nothing of it was run. ${run.message}`,
          next: null,
        };
      case 'RUN_FAILED':
      case 'RUN_ABORTED':
      case 'RUN_TIMED_OUT':
        return { reason: run.status.slice('RUN_'.length), text: run.message, next: null };
      case 'UNKNOWN':
        return {
          reason: 'LOST',
          text: `${run.message} It is not run again; find out what it did, then put it away (auditunknown).`,
          next: null,
        };
    }
  }

  async function explainWaiting(run: RunWithOutputs, facts: Circumstances): Promise<Explanation> {
    if (!facts.userUsable) {
      return {
        reason: 'USER_DISABLED',
        text: `The user ${facts.userName}, in whose name it runs, is disabled or deleted.`,
        next: null,
      };
    }
    if (run.kind === 'ON_DEMAND') {
      return {
        reason: 'NO_SLOT',
        text: 'It waits for a slot: as many API Tasks on demand are under way as the server’s settings allow.',
        next: null,
      };
    }
    const others = explainers.get(run.kind);
    if (others) return others(run);
    return facts.poolIds === null ? waitingForDevice(run) : waitingForPool(run, facts.poolIds);
  }

  async function waitingForDevice(run: RunWithOutputs): Promise<Explanation> {
    const [device] = await devicesAmong(database, sql`d.id = ${run.deviceId}`);
    if (!device)
      return { reason: 'NO_DEVICE', text: `The device ${run.deviceId} on which it is to run is gone.`, next: null };
    const obstacle = obstacleOf(device);
    if (obstacle) return obstacle;
    const ahead = await aheadOf(run, sql`r.device_id = ${device.id} and r.pool_ids is null`);
    if (device.runs.length >= device.capacity) {
      return {
        reason: 'DEVICE_BUSY',
        text: `Device ${device.name} is busy with run ${device.runs.join(', ')}; ${ahead} stand before it.`,
        next: null,
      };
    }
    return inLine(ahead);
  }

  async function waitingForPool(run: RunWithOutputs, poolIds: readonly number[]): Promise<Explanation> {
    const devices = await devicesAmong(
      database,
      sql`exists (select from device_pool_device m where m.device_id = d.id and m.pool_id = any(${[...poolIds]}))`,
    );
    const pools = poolIds.length === 1 ? `pool ${poolIds[0]}` : `pools ${poolIds.join(', ')}`;
    const ahead = await aheadOf(run, sql`r.pool_ids && ${[...poolIds]}::bigint[]`);
    const place = explainPlace(devices, ahead, { none: 'POOL_EMPTY', busy: 'POOL_BUSY', where: pools });
    if (place.reason !== 'IN_LINE' || ahead > 0) return place;
    return {
      reason: 'NOT_ITS_TURN',
      text: `The devices of ${pools} are working off a queue: it is that one’s turn.`,
      next: null,
    };
  }

  async function aheadOf(run: RunWithOutputs, among: ReturnType<typeof sql>): Promise<number> {
    const row = await database.first(
      sql<{ count: number }>`select count(*)::int as count from run r
        where r.status in (${sql.raw(sqlList(WAITING_RUNS))}) and ${among} and (-r.priority, r.id) < (${-run.priority}, ${run.id}::uuid)`,
    );
    return row?.count ?? 0;
  }

  async function circumstancesOf(id: string): Promise<Circumstances> {
    const row = await database.first(
      sql<Circumstances>`select coalesce(u.username, '') as "userName", coalesce(not u.disabled and u.deleted_on is null, false) as "userUsable",
          r.pool_ids as "poolIds", coalesce(e.has_errors, false) as "hasErrors", coalesce(l.expires_on, r.alive_until) as "leaseUntil"
        from run r left join app_user u on u.id = r.user_id left join repository_entry e on e.id = r.file_id left join lease l on l.id = r.lease_id
        where r.id = ${id}`,
    );
    return row ?? { userName: '', userUsable: true, poolIds: null, hasErrors: false, leaseUntil: null };
  }

  async function pausedBy({ modifiedBy }: RunWithOutputs): Promise<string> {
    if (!modifiedBy) return ', as the bot itself wanted';
    const user = await database.first(
      sql<{ username: string }>`select username from app_user where id = ${modifiedBy}`,
    );
    return `, as ${user?.username ?? `user ${modifiedBy}`} wanted`;
  }
}
