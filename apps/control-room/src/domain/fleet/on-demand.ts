import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { SYSTEM } from '../identity/index.ts';
import type { LinkTokens } from './link-tokens.ts';
import type { KnownProvider, WorkerProviders } from './worker-providers.ts';
import { deleteDevice, type Workers } from './workers.ts';

/** A worker that has not come by then will not; its link token ends with this time. */
const START_SECONDS = 900;
/** Whose lifetime is over may end what it has for so long. */
const GRACE_SECONDS = 300;
/** Between giving nothing more to a worker and stopping it: what was given to it in that moment is seen by then. */
const SETTLE_SECONDS = 1;
/** How long those that are gone can be looked at. */
const KEPT_DAYS = 7;
const ACTOR = actorOf(SYSTEM);

interface Tended {
  readonly runtimeId: string;
  readonly groupId: number;
  readonly status: 'STARTING' | 'WORKING' | 'DRAINING';
  readonly reason: string;
  readonly deviceId: number | null;
  readonly hostName: string;
  readonly busy: boolean;
  readonly age: number;
  /** Since it was last seen to have work. */
  readonly idle: number | null;
  readonly draining: number;
}

/** What is to be done about a worker, and in how many seconds to look again. */
type Step =
  | { readonly do: 'nothing'; readonly again: number }
  | { readonly do: 'note idle' | 'note busy'; readonly again: number }
  | { readonly do: 'drain' | 'stop'; readonly reason: string };

/**
 * Workers that are made when work waits and stopped when it does not. They are counted from their rows, under the provider's lock, so
 * that whoever asks for some twice, or at two servers, gets them once.
 */
export function createOnDemand(
  database: Database,
  {
    workers,
    providers,
    linkTokens,
  }: { readonly workers: Workers; readonly providers: WorkerProviders; readonly linkTokens: LinkTokens },
) {
  async function start(tx: Transaction, provider: KnownProvider): Promise<void> {
    const made = await tx.first(
      sql<{
        runtimeId: string;
        until: Temporal.Instant;
      }>`insert into on_demand_worker (group_id) values (${provider.groupId})
        returning runtime_id as "runtimeId", present() + make_interval(secs => ${START_SECONDS}) as until`,
    );
    if (!made) throw new Error('The worker was not inserted.');
    const { runtimeId } = made;
    const { text } = await linkTokens.issue(tx, {
      workspaceId: provider.workspaceId,
      groupId: provider.groupId,
      runtimeId,
      once: true,
      expires: made.until,
      userId: provider.createdBy,
    });
    await providers.tell(tx, provider, {
      type: 'start',
      workspaceId: provider.workspaceUuid,
      runtimeId,
      runtimeLinkToken: text,
      ...(provider.maxLifetimeSeconds === null ? {} : { maxLifetimeSeconds: provider.maxLifetimeSeconds }),
    });
    await record(tx, provider, runtimeId, 'start', '');
  }

  async function drain(tx: Transaction, worker: Tended, reason: string): Promise<void> {
    await tx.all(sql`update on_demand_worker set status = 'DRAINING', draining_since = present(), reason = ${reason}
      where runtime_id = ${worker.runtimeId}`);
    await tx.all(
      sql`update device set draining_since = present(), draining_reason = ${reason} where id = ${worker.deviceId}`,
    );
    await announce(tx, 'fleet-changed', worker.deviceId ?? '*');
  }

  /** Its device goes with it: the next worker is another one. */
  async function stop(tx: Transaction, provider: KnownProvider, worker: Tended, reason: string): Promise<void> {
    const { runtimeId, deviceId, hostName } = worker;
    await tx.all(
      sql`update on_demand_worker set status = 'STOPPED', stopped_on = present(), reason = ${reason} where runtime_id = ${runtimeId}`,
    );
    await tx.all(sql`delete from worker_link_token where runtime_id = ${runtimeId}`);
    await providers.tell(tx, provider, { type: 'stop', workspaceId: provider.workspaceUuid, runtimeId });
    if (deviceId !== null) await deleteDevice(tx, { id: deviceId, hostName }, ACTOR, { runtimeId, reason });
    await record(tx, provider, runtimeId, 'stop', reason);
  }

  async function tendOne(groupId: number, runtimeId: string): Promise<number> {
    return database.ownTransaction(async (tx) => {
      const provider = await providers.known(tx, groupId);
      const worker = await tx.first(
        sql<Tended>`select o.runtime_id as "runtimeId", o.group_id as "groupId", o.status, o.reason, o.device_id as "deviceId",
            coalesce(d.host_name, '') as "hostName", coalesce(${workers.holdsWork()}, false) as busy,
            extract(epoch from present() - o.created_on)::float8 as age, extract(epoch from present() - o.idle_since)::float8 as idle,
            coalesce(extract(epoch from present() - o.draining_since)::float8, 0) as draining
          from on_demand_worker o left join device d on d.id = o.device_id
          where o.runtime_id = ${runtimeId} and o.status <> 'STOPPED' for update of o`,
      );
      if (!provider || !worker) return Number.POSITIVE_INFINITY;
      const step = nextStep(worker, provider);
      switch (step.do) {
        case 'stop':
          await stop(tx, provider, worker, step.reason);
          return Number.POSITIVE_INFINITY;
        case 'drain':
          await drain(tx, worker, step.reason);
          return SETTLE_SECONDS;
        case 'note idle':
          await tx.all(sql`update on_demand_worker set idle_since = present() where runtime_id = ${runtimeId}`);
          return step.again;
        case 'note busy':
          await tx.all(sql`update on_demand_worker set idle_since = null where runtime_id = ${runtimeId}`);
          return step.again;
        case 'nothing':
          return step.again;
      }
    });
  }

  return {
    /**
     * So many pieces of work wait for workers of the group. Asks its provider, where it has one, for as many as are not on their way or
     * idle already, up to its limit. Answers how many were asked for.
     */
    async needed(groupId: number, count: number): Promise<number> {
      return database.transaction(async (tx) => {
        const provider = await providers.known(tx, groupId);
        if (!provider) return 0;
        const there = await tx.first(
          sql<{ alive: number; ready: number }>`select count(*)::int as alive,
              count(*) filter (where o.status = 'STARTING' or (o.status = 'WORKING' and not coalesce(${workers.holdsWork()}, false)))::int as ready
            from on_demand_worker o left join device d on d.id = o.device_id where o.group_id = ${groupId} and o.status <> 'STOPPED'`,
        );
        const wanted = Math.min(count - (there?.ready ?? 0), provider.mostWorkers - (there?.alive ?? 0));
        for (let i = 0; i < wanted; i++) await start(tx, provider);
        return Math.max(0, wanted);
      });
    },

    /** The worker that was asked for has come. Belongs to the transaction in which it registers. */
    async linked(tx: Transaction, deviceId: number, runtimeId: string): Promise<void> {
      await tx.all(sql`update on_demand_worker set device_id = ${deviceId}, status = 'WORKING', linked_on = present()
        where runtime_id = ${runtimeId} and status = 'STARTING'`);
      await tx.all(sql`update device set lifespan = 'TEMPORARY' where id = ${deviceId}`);
    },

    /** Groups that have a provider: nobody else need be asked what waits. */
    async groupIds(): Promise<ReadonlySet<number>> {
      const rows = await database.all(sql<{ id: number }>`select group_id as id from worker_provider`);
      return new Set(rows.map(({ id }) => id));
    },

    /** What time alone brings about. Answers in how many seconds the next thing is due; undefined when nothing is known to be. */
    async tend(): Promise<number | undefined> {
      const rows = await database.all(
        sql<{
          runtimeId: string;
          groupId: number;
        }>`select runtime_id as "runtimeId", group_id as "groupId" from on_demand_worker where status <> 'STOPPED'`,
      );
      let next = Number.POSITIVE_INFINITY;
      for (const { groupId, runtimeId } of rows) next = Math.min(next, await tendOne(groupId, runtimeId));
      return Number.isFinite(next) ? next : undefined;
    },

    /** A background duty: those that are gone are forgotten. */
    async forget(): Promise<void> {
      await database.all(
        sql`delete from on_demand_worker where status = 'STOPPED' and stopped_on < present() - make_interval(days => ${KEPT_DAYS})`,
      );
    },
  };
}

export type OnDemand = ReturnType<typeof createOnDemand>;

/** The rule for one worker, without a clock of its own. */
function nextStep(worker: Tended, { idleSeconds, maxLifetimeSeconds }: KnownProvider): Step {
  const { status, deviceId, busy, age, idle, draining, reason } = worker;
  if (status === 'STARTING') {
    return age >= START_SECONDS
      ? { do: 'stop', reason: 'It never came.' }
      : { do: 'nothing', again: START_SECONDS - age };
  }
  if (deviceId === null) return { do: 'stop', reason: 'Its worker was deleted.' };
  const left = (maxLifetimeSeconds ?? Number.POSITIVE_INFINITY) - age;
  if (status === 'DRAINING') {
    if (!busy && draining >= SETTLE_SECONDS) return { do: 'stop', reason };
    if (busy && left <= -GRACE_SECONDS)
      return { do: 'stop', reason: 'Its lifetime is over, and it did not end in time.' };
    return { do: 'nothing', again: SETTLE_SECONDS };
  }
  if (left <= 0) return { do: 'drain', reason: 'Its lifetime is over.' };
  if (busy) return { do: idle === null ? 'nothing' : 'note busy', again: left };
  if (idle === null) return { do: 'note idle', again: Math.min(left, idleSeconds) };
  if (idle >= idleSeconds) return { do: 'drain', reason: 'It had nothing to do.' };
  return { do: 'nothing', again: Math.min(left, idleSeconds - idle) };
}

function record(tx: Transaction, provider: KnownProvider, runtimeId: string, verb: 'start' | 'stop', reason: string) {
  return recordAudit(tx, {
    actor: ACTOR,
    action: `onDemandWorker.${verb}`,
    subject: { type: 'onDemandWorker', id: runtimeId },
    details: { group: provider.groupUuid, workspace: provider.workspaceUuid, ...(reason === '' ? {} : { reason }) },
  });
}
