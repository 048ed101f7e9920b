import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';

/**
 * Counts what a stream holds and was not counted yet. Not when it is written: there the count would make all who write wait
 * for each other, and one whose transaction came to nothing would leave a hole.
 */
export function countStream(database: Database, stream: string): Promise<void> {
  return database.transaction(async (tx) => {
    // Whoever counts here is alone; what another one has counted is seen by the next statement.
    const row = await tx.first(
      sql<{ last: number }>`insert into outbox_stream values (${stream}, 0)
        on conflict (name) do update set last = outbox_stream.last returning last`,
    );
    const counted = await tx.all(
      sql`update outbox_message m set sequence = c.sequence, body = left(m.body, -1) || ',"sequence":' || c.sequence || '}'
        from (select id, ${row?.last ?? 0}::bigint + row_number() over (order by id) as sequence from outbox_message
          where stream = ${stream} and sequence is null) as c
        where m.id = c.id returning m.id`,
    );
    await tx.all(sql`update outbox_stream set last = last + ${counted.length} where name = ${stream}`);
  });
}
