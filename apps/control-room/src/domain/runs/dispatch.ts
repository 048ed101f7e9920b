import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import type { WakeUps } from '../../kernel/wake-ups.ts';
import { type Fleet, holderOf, type RunnerIdentity } from '../fleet/index.ts';
import type { Repository } from '../repository/index.ts';
import type { ClaimedItem, Work } from '../work/index.ts';

/** Work for a runner: items of one queue, with the bot that works them off. */
export interface Assignment {
  readonly automationId: number;
  readonly queueId: number;
  readonly queueName: string;
  /** The model's columns: an item that leaves one out shows it empty to the bot. */
  readonly columns: readonly string[];
  /** Hash over the bot and its sub-bots; the runner fetches the bundle when it does not have it. */
  readonly bot: { readonly fileId: number; readonly path: string; readonly bundle: string };
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly runAsUser: { readonly id: number; readonly username: string };
  readonly items: readonly ClaimedItem[];
}

/** An automation that a device serves. Kept in memory: what changes with every item is not in it. */
interface Candidate {
  readonly automationId: number;
  readonly queueId: number;
  readonly queueName: string;
  readonly columns: readonly string[];
  readonly leaseSeconds: number;
  readonly fileId: number;
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly runAsUser: { readonly id: number; readonly username: string };
  /** How many items must wait before an automation that ran dry starts again; 1 where the queue does not consider it. */
  readonly threshold: number;
}

export interface WorkRequest {
  readonly sessionId: string;
  /** How many items at most. */
  readonly capacity: number;
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
}

/** Gives waiting items to the runners of the pools, and lets a runner without work wait until there is some. */
export function createDispatch(database: Database, wakeUps: WakeUps, work: Work, fleet: Fleet, repository: Repository) {
  // Asked for at every poll: kept until the fleet, a queue or a user changes.
  const served: Remembered<Candidate[]> = remember(
    wakeUps,
    'fleet-changed',
    (deviceId) => candidatesOf(Number(deviceId)),
    {
      clearedBy: ['identity-changed', 'queue-changed'],
    },
  );
  const waiting = new Set<() => void>();
  const wakeAll = (): void => {
    for (const wake of waiting) wake();
  };
  wakeUps.on('queue', wakeAll);
  wakeUps.on('fleet-changed', wakeAll);
  wakeUps.on('repository-changed', wakeAll);
  wakeUps.onGap(wakeAll);

  return {
    /** Ends all waits: the server is about to stop. */
    release: wakeAll,

    /** Answers as soon as there is work, or with nothing when the wait is over. */
    async work(runner: RunnerIdentity, request: WorkRequest): Promise<Assignment[]> {
      if (!(await fleet.runners.isLive(runner, request.sessionId))) {
        throw error(
          'conflict',
          'This session is over: another one of the device took its place, or it was silent for too long.',
          { details: 'open a new session' },
        );
      }
      // Listen first, look then: what comes in between is not missed.
      const wait = untilWoken(request);
      try {
        const assignments = await assign(runner, request);
        if (assignments.length > 0 || request.waitSeconds === 0 || request.signal.aborted) return assignments;
        await wait.over;
        return request.signal.aborted ? [] : await assign(runner, request);
      } finally {
        wait.stop();
      }
    },
  };

  function untilWoken({ waitSeconds, signal }: WorkRequest): { over: Promise<void>; stop: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = setTimeout(wake, waitSeconds * 1000);
    waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    return {
      over: promise,
      stop: () => {
        clearTimeout(timer);
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
      },
    };
  }

  async function assign(runner: RunnerIdentity, { sessionId, capacity }: WorkRequest): Promise<Assignment[]> {
    const assignments: Assignment[] = [];
    let left = capacity;
    for (const candidate of await served.get(String(runner.deviceId))) {
      if (left <= 0) break;
      if (candidate.threshold > 1 && (await isAsleep(candidate))) continue;
      const bundle = await repository.bundles.get(candidate.fileId);
      if (!bundle) continue;
      const items = await work.claims.claim({
        queueId: candidate.queueId,
        limit: left,
        leaseSeconds: candidate.leaseSeconds,
        holder: holderOf(runner.deviceId, sessionId),
        deviceId: runner.deviceId,
        deviceUserId: candidate.runAsUser.id,
        automationId: candidate.automationId,
      });
      if (items.length === 0) {
        if (candidate.threshold > 1) await setRanDry(candidate.automationId, true);
        continue;
      }
      left -= items.length;
      assignments.push({
        automationId: candidate.automationId,
        queueId: candidate.queueId,
        queueName: candidate.queueName,
        columns: candidate.columns,
        bot: { fileId: candidate.fileId, path: bundle.path, bundle: bundle.hash },
        botInput: candidate.botInput,
        runAsUser: candidate.runAsUser,
        items,
      });
    }
    return assignments;
  }

  /** The active automations of the device's pool. Devices take turns at the run-as users: the n-th of the pool works as the n-th. */
  async function candidatesOf(deviceId: number): Promise<Candidate[]> {
    const rows = await database.all(
      sql<Omit<Candidate, 'runAsUser'> & { place: number; users: { id: number; username: string }[] }>`
        select a.id as "automationId", a.queue_id as "queueId", q.name as "queueName", q.lease_seconds as "leaseSeconds", a.file_id as "fileId",
          a.bot_input as "botInput",
          (select array_agg(c.name order by c.position) from work_item_attribute c where c.model_id = q.model_id) as columns,
          case when q.consider_reactivation_threshold then greatest(q.reactivation_threshold, 1) else 1 end as threshold,
          (select count(*) from device_pool_device o where o.pool_id = d.pool_id and o.device_id < d.device_id) as place,
          (select coalesce(json_agg(json_build_object('id', u.id, 'username', u.username) order by array_position(a.run_as_user_ids, u.id)), '[]')
             from app_user u where u.id = any(a.run_as_user_ids) and not u.disabled and u.deleted_on is null) as users
        from device_pool_device d join queue_automation a on a.pool_id = d.pool_id and a.status = 'ACTIVE' join queue q on q.id = a.queue_id
        where d.device_id = ${deviceId} order by a.id`,
    );
    return rows.flatMap(({ place, users, ...row }) => {
      const runAsUser = users[place % Math.max(users.length, 1)];
      return runAsUser ? [{ ...row, runAsUser }] : [];
    });
  }

  /** An automation that ran dry sleeps until its queue's threshold is reached (contract b §1.4). */
  async function isAsleep({ automationId, queueId, threshold }: Candidate): Promise<boolean> {
    const state = await database.first(
      sql<{ ranDry: boolean; waiting: number }>`select ran_dry as "ranDry",
          (select count(*) from (select from work_item w where w.queue_id = ${queueId} and w.status = 'NEW' limit ${threshold}) n) as waiting
        from queue_automation where id = ${automationId}`,
    );
    if (!state?.ranDry) return false;
    if (state.waiting < threshold) return true;
    await setRanDry(automationId, false);
    return false;
  }

  async function setRanDry(automationId: number, ranDry: boolean): Promise<void> {
    await database.all(
      sql`update queue_automation set ran_dry = ${ranDry} where id = ${automationId} and ran_dry <> ${ranDry}`,
    );
  }
}
