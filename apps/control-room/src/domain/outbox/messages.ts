import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { type Actor, actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';

export type MessageStatus = 'PENDING' | 'DELIVERED' | 'GIVEN_UP';

/** A message as people may see it. */
export interface Message {
  readonly id: number;
  readonly eventId: string;
  readonly kind: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly origin: string;
  readonly status: MessageStatus;
  readonly attempts: number;
  readonly nextAttemptOn: Temporal.Instant | null;
  readonly endedOn: Temporal.Instant | null;
  /** Its place among those of its stream; null where it has none, or is not counted yet. */
  readonly sequence: number | null;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
}

export interface LoggedMessage extends Message {
  readonly log: readonly Attempt[];
}

export interface Attempt {
  readonly number: number;
  readonly startedOn: Temporal.Instant;
  readonly endedOn: Temporal.Instant;
  readonly httpStatus: number | null;
  readonly problem: string;
}

/** As many as one call may ask to be delivered again. */
const MOST_REPLAYED = 10_000;

const COLUMNS = sql`m.id, m.event_id as "eventId", m.kind, m.subject_type as "subjectType", m.subject_id as "subjectId", m.origin, m.status,
  m.attempts, case when m.status = 'PENDING' then m.next_attempt_on end as "nextAttemptOn", m.ended_on as "endedOn",
  m.sequence, m.created_by as "createdBy", m.created_on as "createdOn"`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`m.id` },
  kind: { type: 'text', sql: sql`m.kind` },
  subjectType: { type: 'text', sql: sql`m.subject_type` },
  subjectId: { type: 'text', sql: sql`m.subject_id` },
  origin: { type: 'text', sql: sql`m.origin` },
  status: { type: 'text', sql: sql`m.status`, normalise: (word) => word.toUpperCase() },
  attempts: { type: 'number', sql: sql`m.attempts` },
  sequence: { type: 'number', sql: sql`m.sequence` },
  createdBy: { type: 'number', sql: sql`m.created_by` },
  createdOn: { type: 'instant', sql: sql`m.created_on` },
  endedOn: { type: 'instant', sql: sql`m.ended_on` },
};

/** Whom messages are for, or what they tell of. */
export interface Subject {
  readonly type: string;
  readonly id: string;
}

export function createMessages({ database }: Kernel) {
  async function get(caller: Caller, id: number): Promise<LoggedMessage> {
    const message = await database.first(
      sql<Message>`select ${COLUMNS} from outbox_message m where m.id = ${id} and ${visibleTo(caller)}`,
    );
    if (!message) throw error('notFound', `There is no delivery with the id ${id}.`);
    return { ...message, log: (await logsOf([id])).get(id) ?? [] };
  }

  async function logsOf(ids: readonly number[]): Promise<Map<number, Attempt[]>> {
    const rows = await database.all(
      sql<
        Attempt & { messageId: number }
      >`select message_id as "messageId", number, started_on as "startedOn", ended_on as "endedOn",
        http_status as "httpStatus", problem from outbox_attempt where message_id = any(${[...ids]}) order by message_id, started_on, number`,
    );
    const logs = new Map<number, Attempt[]>();
    for (const { messageId, ...attempt } of rows) logs.set(messageId, [...(logs.get(messageId) ?? []), attempt]);
    return logs;
  }

  function list(visible: RawBuilder<SqlBool>, selection: Selection): Promise<Page<Message>> {
    return selectPage<Message>(
      database,
      { columns: COLUMNS, source: sql`outbox_message m`, visible, fields: FIELDS, tiebreak: sql`m.id` },
      selection,
    );
  }

  /** Under the same event ids. What is still on its way stays so. Answers how many. */
  async function replay(
    actor: Actor,
    subject: { readonly type: string; readonly id: number | string },
    visible: RawBuilder<SqlBool>,
    which: ReplayRange,
  ): Promise<number> {
    return database.transaction(async (tx) => {
      const again = await tx.all(
        sql<{
          id: number;
        }>`update outbox_message set status = 'PENDING', attempts = 0, next_attempt_on = present(), ended_on = null
          where id in (select m.id from outbox_message m where m.status <> 'PENDING' and ${visible} and ${within(which)}
            order by m.id limit ${MOST_REPLAYED} for update skip locked) returning id`,
      );
      await recordAudit(tx, {
        actor,
        action: 'outbox.replay',
        subject,
        details: { messages: again.length, ...readableRange(which) },
      });
      await announce(tx, 'outbox', '*');
      return again.length;
    });
  }

  return {
    get,
    list: (caller: Caller, selection: Selection): Promise<Page<Message>> => list(visibleTo(caller), selection),

    /** Delivers again what is named: one, or all from an id on or within a time. */
    async replay(caller: Caller, which: ReplayRange): Promise<number> {
      if (which.id !== undefined) await get(caller, which.id);
      return replay(actorOf(caller), { type: 'delivery', id: which.id ?? '*' }, visibleTo(caller), which);
    },

    /** What has been told to one receiver. Who may see it, the part says whose receiver it is. */
    async listOf(subject: Subject, selection: Selection): Promise<Page<LoggedMessage>> {
      const page = await list(about(subject), selection);
      const logs = await logsOf(page.rows.map(({ id }) => id));
      return { ...page, rows: page.rows.map((row) => ({ ...row, log: logs.get(row.id) ?? [] })) };
    },

    replayOf: (actor: Actor, subject: Subject, which: ReplayRange): Promise<number> =>
      replay(actor, subject, about(subject), which),

    /** The receiver is no more: what was not delivered never will be. */
    async withdraw(tx: Transaction, subject: Subject): Promise<void> {
      await tx.all(sql`update outbox_message m set status = 'GIVEN_UP', ended_on = present(), next_attempt_on = null
        where m.status = 'PENDING' and ${about(subject)}`);
    },

    /** How it stands with receivers, by their ids; who has been told nothing yet is not among them. */
    async standingOf(type: string, ids: readonly string[]): Promise<Map<string, Standing>> {
      const rows = await database.all(
        sql<
          Standing & { id: string }
        >`select m.subject_id as id, count(*) filter (where m.status = 'PENDING')::int as pending,
            count(*) filter (where m.status = 'GIVEN_UP')::int as "givenUp",
            max(m.ended_on) filter (where m.status = 'DELIVERED') as "lastDeliveredOn", max(m.sequence) as "lastSequence",
            (array_agg(nullif(a.problem, '') order by a.ended_on desc nulls last))[1] as problem
          from outbox_message m left join lateral (
            select problem, ended_on from outbox_attempt where message_id = m.id order by ended_on desc limit 1) as a on true
          where m.subject_type = ${type} and m.subject_id = any(${[...ids]}) group by m.subject_id`,
      );
      return new Map(rows.map(({ id, ...standing }) => [id, standing]));
    },

    /** A background duty: forgets what ended so many days ago, in batches. */
    async forgetOlderThan(days: number): Promise<void> {
      for (;;) {
        const gone = await database.all(
          sql`delete from outbox_message where id in (
            select id from outbox_message where status <> 'PENDING' and ended_on < present() - make_interval(days => ${days}) limit 5000)
            returning id`,
        );
        if (gone.length < 5_000) return;
      }
    },
  };
}

/** How it stands with a receiver. */
export interface Standing {
  readonly pending: number;
  /** Of those that are still kept. */
  readonly givenUp: number;
  readonly lastDeliveredOn: Temporal.Instant | null;
  readonly lastSequence: number | null;
  /** Why the last attempt failed; null when it did not. */
  readonly problem: string | null;
}

/** Which messages; what is left out does not narrow. */
export interface ReplayRange {
  readonly id?: number | undefined;
  /** The first id. */
  readonly fromId?: number | undefined;
  /** The first place in its stream. */
  readonly fromSequence?: number | undefined;
  readonly from?: Temporal.Instant | undefined;
  readonly to?: Temporal.Instant | undefined;
}

function within({ id, fromId, fromSequence, from, to }: ReplayRange): RawBuilder<SqlBool> {
  const parts = [
    ...(id === undefined ? [] : [sql<SqlBool>`m.id = ${id}`]),
    ...(fromId === undefined ? [] : [sql<SqlBool>`m.id >= ${fromId}`]),
    ...(fromSequence === undefined ? [] : [sql<SqlBool>`m.sequence >= ${fromSequence}`]),
    ...(from === undefined ? [] : [sql<SqlBool>`m.created_on >= ${from}`]),
    ...(to === undefined ? [] : [sql<SqlBool>`m.created_on < ${to}`]),
  ];
  return parts.length === 0 ? sql<SqlBool>`true` : sql<SqlBool>`(${sql.join(parts, sql` and `)})`;
}

function readableRange({ fromId, fromSequence, from, to }: ReplayRange): object {
  return {
    ...(fromId === undefined ? {} : { fromId }),
    ...(fromSequence === undefined ? {} : { fromSequence }),
    ...(from === undefined ? {} : { from: from.toString() }),
    ...(to === undefined ? {} : { to: to.toString() }),
  };
}

/** One's own, and those of one's workspaces; administrators all. */
function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('system.administer')) return sql<SqlBool>`true`;
  return sql<SqlBool>`(m.created_by = ${caller.userId} or m.workspace_id in (
    select workspace_id from workspace_member where user_id = ${caller.userId}))`;
}

function about({ type, id }: Subject): RawBuilder<SqlBool> {
  return sql<SqlBool>`(m.subject_type = ${type} and m.subject_id = ${id})`;
}
