import { randomUUID } from 'node:crypto';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { storableJson } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';

/** Something to tell to somebody outside. */
export interface NewMessage {
  /** `callback`, or what a subscription is for. */
  readonly kind: string;
  /** What it tells of. */
  readonly subject: { readonly type: string; readonly id: string };
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: unknown;
  readonly createdBy: number;
  /** Signs instead of the installation's secret. Base64. */
  readonly secret?: string;
}

/** Whereto, with which headers: sealed in the table, because each part may hold a secret. */
export interface Destination {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret?: string;
}

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
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
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
  m.created_by as "createdBy", m.created_on as "createdOn"`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`m.id` },
  kind: { type: 'text', sql: sql`m.kind` },
  subjectType: { type: 'text', sql: sql`m.subject_type` },
  subjectId: { type: 'text', sql: sql`m.subject_id` },
  origin: { type: 'text', sql: sql`m.origin` },
  status: { type: 'text', sql: sql`m.status`, normalise: (word) => word.toUpperCase() },
  attempts: { type: 'number', sql: sql`m.attempts` },
  createdBy: { type: 'number', sql: sql`m.created_by` },
  createdOn: { type: 'instant', sql: sql`m.created_on` },
  endedOn: { type: 'instant', sql: sql`m.ended_on` },
};

export const boundTo = (eventId: string): string => `outbox-message:${eventId}`;

/** @throws invalid when it is no address that can be called */
export function readCallbackUrl(text: string): URL {
  const url = URL.parse(text.trim());
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  // Not shown: it may hold a key.
  throw error('invalid', 'The callback URL is no web address.', { details: 'expected http://… or https://…' });
}

export function createMessages({ database, sealer }: Kernel) {
  async function get(caller: Caller, id: number): Promise<Message & { readonly log: readonly Attempt[] }> {
    const message = await database.first(
      sql<Message>`select ${COLUMNS} from outbox_message m where m.id = ${id} and ${visibleTo(caller)}`,
    );
    if (!message) throw error('notFound', `There is no delivery with the id ${id}.`);
    const log = await database.all(sql<Attempt>`select number, started_on as "startedOn", ended_on as "endedOn",
        http_status as "httpStatus", problem from outbox_attempt where message_id = ${id} order by number`);
    return { ...message, log };
  }

  return {
    get,

    /** Belongs to the caller's transaction: it is told if and only if that commits. @throws invalid for a bad URL */
    async send(tx: Transaction, message: NewMessage): Promise<void> {
      const eventId = randomUUID();
      const { url, headers, secret } = message;
      const destination: Destination = { url, headers, ...(secret === undefined ? {} : { secret }) };
      const sealed = sealer.seal(JSON.stringify(destination), boundTo(eventId));
      await tx.all(sql`insert into outbox_message (event_id, kind, subject_type, subject_id, destination_sealed, origin, body, created_by)
        values (${eventId}, ${message.kind}, ${message.subject.type}, ${message.subject.id}, ${sealed}, ${readCallbackUrl(url).origin},
          ${storableJson(JSON.stringify(message.body))}, ${message.createdBy})`);
      await announce(tx, 'outbox', '*');
    },

    list: (caller: Caller, selection: Selection): Promise<Page<Message>> =>
      selectPage<Message>(
        database,
        {
          columns: COLUMNS,
          source: sql`outbox_message m`,
          visible: visibleTo(caller),
          fields: FIELDS,
          tiebreak: sql`m.id`,
        },
        selection,
      ),

    /**
     * Delivers again, under the same event id, what is named: one, or all from a sequence number on or within a time. What
     * is still on its way stays so. Answers how many.
     */
    async replay(caller: Caller, which: ReplayRange): Promise<number> {
      if (which.id !== undefined) await get(caller, which.id);
      return database.transaction(async (tx) => {
        const again = await tx.all(
          sql<{
            id: number;
          }>`update outbox_message set status = 'PENDING', attempts = 0, next_attempt_on = present(), ended_on = null
            where id in (select m.id from outbox_message m where m.status <> 'PENDING' and ${visibleTo(caller)} and ${within(which)}
              order by m.id limit ${MOST_REPLAYED} for update skip locked) returning id`,
        );
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'outbox.replay',
          subject: { type: 'delivery', id: which.id ?? '*' },
          details: { messages: again.length, ...readableRange(which) },
        });
        await announce(tx, 'outbox', '*');
        return again.length;
      });
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

/** Which messages; what is left out does not narrow. */
export interface ReplayRange {
  readonly id?: number | undefined;
  /** The first sequence number. */
  readonly fromId?: number | undefined;
  readonly from?: Temporal.Instant | undefined;
  readonly to?: Temporal.Instant | undefined;
}

function within({ id, fromId, from, to }: ReplayRange): RawBuilder<SqlBool> {
  const parts = [
    ...(id === undefined ? [] : [sql<SqlBool>`m.id = ${id}`]),
    ...(fromId === undefined ? [] : [sql<SqlBool>`m.id >= ${fromId}`]),
    ...(from === undefined ? [] : [sql<SqlBool>`m.created_on >= ${from}`]),
    ...(to === undefined ? [] : [sql<SqlBool>`m.created_on < ${to}`]),
  ];
  return parts.length === 0 ? sql<SqlBool>`true` : sql<SqlBool>`(${sql.join(parts, sql` and `)})`;
}

function readableRange({ fromId, from, to }: ReplayRange): object {
  return {
    ...(fromId === undefined ? {} : { fromId }),
    ...(from === undefined ? {} : { from: from.toString() }),
    ...(to === undefined ? {} : { to: to.toString() }),
  };
}

/** One's own; administrators all. */
function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  return caller.may('system.administer') ? sql<SqlBool>`true` : sql<SqlBool>`m.created_by = ${caller.userId}`;
}
