import { BotError, type BotValue } from '@signalbox/taskbot';
import pg, { type Client, type QueryArrayConfig } from 'pg';
import type { Reachable } from '../network/index.ts';
import type { ServerTarget } from './connection-string.ts';
import {
  cellOf,
  chunked,
  type Driver,
  type Limits,
  type Parameter,
  type ProcedureResult,
  quotedTable,
  type ResultSet,
  RowCollector,
  textParameter,
} from './driver.ts';

const CONNECT_MS = 30_000;
const NUMBERS = new Set([21, 23, 26, 700, 701]); // int2, int4, oid, float4, float8
const BOOLEAN = 16;
const INT8 = 20;

export const connectPostgresql = async (target: ServerTarget, place: Reachable): Promise<Driver> => {
  const client = new pg.Client({
    host: place.address,
    port: place.port,
    user: target.user,
    password: target.password,
    database: target.database,
    ssl: target.encrypt ? { servername: place.name, rejectUnauthorized: !target.trustCertificate } : false,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'Signalbox bot',
    // As texts: the server prints dates and decimals exactly.
    types: { getTypeParser: () => (text: string) => text },
  });
  client.on('error', () => {}); // shows in the next statement
  await client.connect();
  return new PostgresqlDriver(client);
};

class PostgresqlDriver implements Driver {
  readonly #client: Client;
  #timeoutMs = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async query(sql: string, limits: Limits): Promise<ResultSet> {
    return (await this.#run(sql, [], limits)).result;
  }

  async execute(sql: string, limits: Limits): Promise<number> {
    return (await this.#run(sql, [], limits)).changed;
  }

  /** A procedure is called, a function selected from. */
  async call(procedure: string, parameters: readonly Parameter[], limits: Limits): Promise<ProcedureResult> {
    const name = quotedTable(procedure, quote);
    const kind = (
      await this.#run(
        `select prokind from pg_proc where oid = any (select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.proname = $1 and (n.nspname = $2 or $2 = '' and pg_function_is_visible(p.oid) or $2 = 'pg_temp' and n.oid = pg_my_temp_schema()))`,
        nameParts(procedure),
        limits,
      )
    ).result.rows[0]?.[0];
    if (kind === undefined) throw new BotError(`The database has no procedure "${procedure}" that this user sees.`);
    const given = kind === 'p' ? parameters : parameters.filter(({ direction }) => direction !== 'OUT');
    const marks = given.map((_, index) => `$${index + 1}`).join(', ');
    const values = given.map(({ direction, value }) => (direction === 'OUT' ? null : textParameter(value)));
    const sql = kind === 'p' ? `call ${name}(${marks})` : `select * from ${name}(${marks})`;
    const { result } = await this.#run(sql, values, limits);
    const outputs = new Map<string, BotValue>();
    for (const { name: output, direction } of parameters) {
      if (direction === 'IN') continue;
      const at = result.columns.findIndex((column) => column.toLowerCase() === output.toLowerCase());
      outputs.set(output, result.rows[0]?.[at] ?? '');
    }
    return { outputs, result };
  }

  async insert(
    table: string,
    columns: readonly string[],
    rows: readonly BotValue[][],
    limits: Limits,
  ): Promise<number> {
    const into = `insert into ${quotedTable(table, quote)} (${columns.map(quote).join(', ')}) values `;
    let changed = 0;
    for (const chunk of chunked(rows, columns.length, 60_000)) {
      let mark = 0;
      const marks = chunk.map((row) => `(${row.map(() => `$${++mark}`).join(', ')})`);
      changed += (await this.#run(into + marks.join(', '), chunk.flat().map(textParameter), limits)).changed;
    }
    return changed;
  }

  async begin(limits: Limits): Promise<void> {
    await this.#run('begin', [], limits);
  }

  async commit(limits: Limits): Promise<void> {
    await this.#run('commit', [], limits);
  }

  async rollback(limits: Limits): Promise<void> {
    await this.#run('rollback', [], limits);
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }

  async #run(
    sql: string,
    values: readonly (string | null)[],
    limits: Limits,
  ): Promise<{ result: ResultSet; changed: number }> {
    if (limits.timeoutMs !== this.#timeoutMs) {
      this.#timeoutMs = limits.timeoutMs;
      await this.#submit(`set statement_timeout = ${Math.round(limits.timeoutMs)}`, [], limits.signal);
    }
    return this.#submit(sql, values, limits.signal);
  }

  /** Rows are taken one by one, so that too many of them stop the query instead of filling the memory. */
  async #submit(sql: string, values: readonly (string | null)[], signal: AbortSignal) {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<{ result: ResultSet; changed: number }>();
    const statement: QueryArrayConfig = { text: sql, values: [...values], rowMode: 'array' };
    const query = new pg.Query<string[]>(statement);
    const rows = new RowCollector();
    let columns: { name: string; type: number }[] = [];
    let over = false;
    const giveUp = (reason: unknown) => {
      if (over) return; // rows that were on their way still come
      over = true;
      reject(reason);
      this.#client.end().catch(() => {}); // the server stops when it cannot write any more
    };
    const stop = () => giveUp(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    query.on('row', (row, result) => {
      columns = result?.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })) ?? columns;
      try {
        // `row` is an array of texts: rowMode and the type parser above say so.
        rows.add((row as unknown as (string | null)[]).map((text, index) => typed(text, columns[index]?.type)));
      } catch (error) {
        giveUp(error);
      }
    });
    query.on('error', reject);
    query.on('end', (result) => {
      const last = Array.isArray(result) ? result.at(-1) : result;
      const names = last.fields.map(({ name }: { name: string }) => name);
      resolve({ result: { columns: names, rows: rows.rows }, changed: last.rowCount ?? 0 });
    });
    this.#client.query(query);
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

const typed = (text: string | null, type: number | undefined): BotValue => {
  if (text === null) return '';
  if (type === BOOLEAN) return text === 't';
  if (type === INT8) return cellOf(BigInt(text));
  return type !== undefined && NUMBERS.has(type) ? cellOf(Number(text)) : text;
};

const quote = (part: string): string => `"${part.replaceAll('"', '""')}"`;

const nameParts = (name: string): string[] => {
  const parts = name.split('.').map((part) => part.trim().replace(/^"|"$/g, ''));
  return [parts.at(-1) ?? '', parts.length > 1 ? (parts.at(-2) ?? '') : ''];
};
