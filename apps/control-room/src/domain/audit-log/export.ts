import { Readable } from 'node:stream';
import type { Seal } from '@signalbox/audit-trail';
import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import type { AuditKeys } from './keys.ts';
import { rowsOf, type Stretch } from './rows.ts';

export interface ExportRange {
  readonly from?: Temporal.Instant | undefined;
  readonly to?: Temporal.Instant | undefined;
}

type Row = Seal & Stretch;

/** Chunks as large as the network likes them. */
const CHUNK = 64 * 1024;

/** What `signalbox verify-audit` proves: whole seals with their rows, in the order of the chain, as lines of JSON. */
export function createExport(database: Database, keys: AuditKeys, tenantUuid: string) {
  async function* seals({ from, to }: ExportRange): AsyncGenerator<Row> {
    let last = 0;
    for (;;) {
      const [next] = await database.all(
        sql<Row>`select s.number, s.row_count as rows, s.first_id as "firstId", s.last_id as "lastId", s.rows_hash as "rowsHash",
            s.previous_hash as "previousHash", s.sealed_on as "sealedOn", s.hash, s.key_id as "keyId", s.signature,
            s.from_transaction::text as "fromTransaction", s.to_transaction::text as "toTransaction", e.after_id as "afterId"
          from audit_seal s join audit_epoch e on e.cluster = s.cluster
          where s.number > ${last} and s.last_on >= ${from ?? sql`'-infinity'`} and s.first_on < ${to ?? sql`'infinity'`}
            and s.first_on >= (${KEPT_FROM}) order by s.number limit 1`,
      );
      if (!next) return;
      yield next;
      last = next.number;
    }
  }

  async function* lines(range: ExportRange): AsyncGenerator<string> {
    const header = { type: 'audit-export', format: 1, tenantUuid, keys: await keys.published() };
    yield JSON.stringify(header);
    let sealCount = 0;
    let rowCount = 0;
    for await (const { fromTransaction, toTransaction, afterId, ...seal } of seals(range)) {
      for await (const row of rowsOf(database, { fromTransaction, toTransaction, afterId })) {
        rowCount++;
        yield JSON.stringify({ type: 'row', ...row });
      }
      sealCount++;
      yield JSON.stringify({ type: 'seal', ...seal });
    }
    yield JSON.stringify({ type: 'end', seals: sealCount, rows: rowCount });
  }

  async function* chunks(range: ExportRange): AsyncGenerator<string> {
    let chunk = '';
    for await (const line of lines(range)) {
      chunk += `${line}\n`;
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }

  return {
    /** All seals that touch the range, with all their rows. That it was exported is recorded first. */
    async open(caller: Caller, range: ExportRange): Promise<Readable> {
      await database.transaction((tx) =>
        recordAudit(tx, {
          actor: actorOf(caller),
          action: 'auditLog.export',
          subject: { type: 'auditLog', id: '*' },
          details: { from: range.from?.toString() ?? null, to: range.to?.toString() ?? null },
        }),
      );
      return Readable.from(chunks(range), { objectMode: false });
    },
  };
}

/** Months that were dropped took rows with them: seals over these are left out. */
const KEPT_FROM = sql`coalesce((select (value #>> '{}')::timestamptz from installation where key = 'auditKeptFrom'), '-infinity')`;
