import type { AuditRow } from '@signalbox/audit-trail';
import { sql } from 'kysely';
import type { Connection } from '../../kernel/database/index.ts';

/** Which rows a seal covers. */
export interface Stretch {
  readonly fromTransaction: string;
  readonly toTransaction: string;
  /** Only rows after this id: another cluster counts transactions anew (0 in the first). */
  readonly afterId: number;
}

/** Hashing so many holds the thread up for some 5 ms. */
const AT_ONCE = 1_000;

/** The rows of a stretch in the order of their ids, as they are hashed. */
export async function* rowsOf(
  connection: Connection,
  { fromTransaction, toTransaction, afterId }: Stretch,
): AsyncGenerator<AuditRow> {
  let last = afterId;
  for (;;) {
    const rows = await connection.all(
      sql<AuditRow>`select id, to_char(occurred_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "occurredOn",
          actor_type as "actorType", actor_id as "actorId", actor_name as "actorName", action, subject_type as "subjectType",
          subject_id as "subjectId", subject_name as "subjectName", outcome, details::text as details,
          request_id as "requestId", remote_address as address
        from audit_entry where transaction_id >= ${fromTransaction}::xid8 and transaction_id < ${toTransaction}::xid8
          and id > ${last} order by id limit ${AT_ONCE}`,
    );
    yield* rows;
    const end = rows.at(-1);
    if (!end || rows.length < AT_ONCE) return;
    last = end.id;
  }
}
