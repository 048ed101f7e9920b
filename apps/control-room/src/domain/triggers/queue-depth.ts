import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Identity } from '../identity/index.ts';
import type { Work } from '../work/index.ts';
import type { Acting } from './acting.ts';
import type { QueueDepth } from './settings.ts';
import { COLUMNS, type TriggerRow } from './trigger.ts';

/** After a deployment was refused, another one is tried no sooner: the queue is as full with the next item. */
const AFTER_REFUSAL_SECONDS = 60;

/** Acts when so many items wait. A depth is no event but a state; its events are the moments at which it is first seen. */
export function createQueueDepth(
  { database }: Kernel,
  { identity, work }: { readonly identity: Identity; readonly work: Work },
  acting: Acting,
) {
  async function look(tx: Transaction, row: TriggerRow, settings: QueueDepth, now: Temporal.Instant): Promise<void> {
    const { queueId, atLeast, rearmBelow, pauseSeconds } = settings;
    const owner = await identity.callerFor(row.createdBy);
    const queue = owner && (await work.queues.get(owner, queueId).catch(() => undefined));
    const waiting = queue ? await waitingIn(tx, queueId, atLeast) : 0;
    const saw = { queueId, waiting };
    const rest = (why: string) => acting.trace(tx, row, { outcome: 'NOT_FIRED', saw, why, deploymentId: null });
    if (!queue) {
      await rest('The owner of the trigger may not see the queue.');
      return;
    }
    const armed = row.armed || waiting < rearmBelow;
    if (armed !== row.armed) await tx.all(sql`update event_trigger set armed = ${armed} where id = ${row.id}`);
    if (waiting < atLeast) await rest(`Fewer than ${atLeast} items wait.`);
    else if (!armed) await rest(`It has acted, and fewer than ${rearmBelow} items have not waited since.`);
    else if (row.notBefore !== null && Temporal.Instant.compare(now, row.notBefore) < 0) await rest('It pauses.');
    else {
      const text = JSON.stringify({ queueId, queueName: queue.name, waiting });
      const done = await acting.act(tx, row, { key: `depth:${row.firings + 1}`, saw, text });
      const refused = done?.outcome === 'REFUSED';
      const pause = refused ? Math.max(pauseSeconds, AFTER_REFUSAL_SECONDS) : pauseSeconds;
      await tx.all(sql`update event_trigger set armed = ${refused}, not_before = present() + make_interval(secs => ${pause})
        where id = ${row.id}`);
    }
  }

  return {
    /** @param queueIds undefined: of all queues. Answers in how many seconds to look again, if that is known. */
    async lookAt(queueIds?: readonly number[]): Promise<number | undefined> {
      const watched = await database.all(
        sql<{ id: number }>`select id from event_trigger where status = 'ACTIVE' and kind = 'QUEUE_DEPTH'
          and ${queueIds === undefined ? sql`true` : sql`(settings ->> 'queueId')::bigint = any(${[...queueIds]}::bigint[])`} order by id`,
      );
      for (const { id } of watched) {
        await database.transaction(async (tx) => {
          const held = await tx.all(
            sql`select 1 from event_trigger where id = ${id} and status = 'ACTIVE' for update skip locked`,
          );
          if (held.length === 0) return;
          const row = await tx.first(
            sql<
              TriggerRow & { now: Temporal.Instant }
            >`select ${COLUMNS}, present() as now from event_trigger t where t.id = ${id}`,
          );
          if (row?.settings.kind === 'QUEUE_DEPTH') await look(tx, row, row.settings, row.now);
        });
      }
      return watched.length > 0 ? LOOK_AGAIN_SECONDS : undefined;
    },
  };
}

/** Items that are added wake; items that are taken do not, and a pause may end. */
const LOOK_AGAIN_SECONDS = 5;

/** Counted no further than it matters. */
async function waitingIn(tx: Transaction, queueId: number, atLeast: number): Promise<number> {
  const row = await tx.first(
    sql<{ waiting: number }>`select count(*)::int as waiting from (
      select from work_item where queue_id = ${queueId} and status = 'NEW' limit ${atLeast}) w`,
  );
  return row?.waiting ?? 0;
}

export type QueueDepths = ReturnType<typeof createQueueDepth>;
