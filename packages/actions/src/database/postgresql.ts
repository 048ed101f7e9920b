import { BotError, type BotValue } from '@signalbox/taskbot';
import pg, { type Client, type QueryArrayConfig, type QueryArrayResult } from 'pg';
import type { Reachable } from '../network/index.ts';
import type { ServerTarget } from './connection-string.ts';
import {
  cellOf,
  type Driver,
  type Limits,
  type Parameter,
  type ProcedureResult,
  quotedTable,
  textParameter,
} from './driver.ts';
import { CONNECT_MS, type Dialect, type Outcome, runStatement, ServerDriver } from './server-driver.ts';

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

class PostgresqlDriver extends ServerDriver {
  protected readonly dialect: Dialect = {
    quote,
    mark: (index) => `$${index + 1}`,
    parameters: 60_000,
    begin: 'begin',
    commit: 'commit',
    rollback: 'rollback',
  };
  readonly #client: Client;
  #timeoutMs = 0;

  constructor(client: Client) {
    super();
    this.#client = client;
  }

  /** A procedure is called, a function selected from. */
  async call(procedure: string, parameters: readonly Parameter[], limits: Limits): Promise<ProcedureResult> {
    const name = quotedTable(procedure, quote);
    const kind = (
      await this.run(
        `select prokind from pg_proc where oid = any (select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.proname = $1 and (n.nspname = $2 or $2 = '' and pg_function_is_visible(p.oid) or $2 = 'pg_temp' and n.oid = pg_my_temp_schema()))`,
        nameParts(procedure),
        limits,
      )
    ).result.rows[0]?.[0];
    if (kind === undefined) throw new BotError(`The database has no procedure "${procedure}" that this user sees.`);
    const given = kind === 'p' ? parameters : parameters.filter(({ direction }) => direction !== 'OUT');
    const marks = given.map((_, index) => `$${index + 1}`).join(', ');
    const values = given.map(({ direction, value }) => (direction === 'OUT' ? null : value));
    const sql = kind === 'p' ? `call ${name}(${marks})` : `select * from ${name}(${marks})`;
    const { result } = await this.run(sql, values, limits);
    const outputs = new Map<string, BotValue>();
    for (const { name: output, direction } of parameters) {
      if (direction === 'IN') continue;
      const at = result.columns.findIndex((column) => column.toLowerCase() === output.toLowerCase());
      outputs.set(output, result.rows[0]?.[at] ?? '');
    }
    return { outputs, result };
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }

  protected async run(sql: string, values: readonly BotValue[], limits: Limits): Promise<Outcome> {
    if (limits.timeoutMs !== this.#timeoutMs) {
      this.#timeoutMs = limits.timeoutMs;
      await this.#submit(`set statement_timeout = ${Math.round(limits.timeoutMs)}`, [], limits.signal);
    }
    return this.#submit(sql, values, limits.signal);
  }

  #submit(sql: string, values: readonly BotValue[], signal: AbortSignal): Promise<Outcome> {
    const drop = async () => {
      this.#client.end().catch(() => {}); // the server stops when it cannot write any more
      return 'gone' as const;
    };
    return runStatement<Outcome>(signal, drop, (statement) => {
      const config: QueryArrayConfig = { text: sql, values: values.map(textParameter), rowMode: 'array' };
      const query = new pg.Query<string[]>(config);
      let columns: { name: string; type: number }[] = [];
      let first: unknown;
      query.on('row', (row, result) => {
        first ??= result;
        if (result !== first) return; // a text of several statements may select more than once
        columns = result?.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })) ?? columns;
        // `row` is an array of texts: rowMode and the type parser above say so.
        const texts = row as unknown as (string | null)[];
        statement.add(texts.map((text, index) => typed(text, columns[index]?.type)));
      });
      query.on('error', statement.fail);
      query.on('end', (result) => {
        const results: QueryArrayResult[] = [result].flat();
        const shown = results.find(({ fields }) => fields.length > 0);
        statement.done({
          result: {
            columns: shown?.fields.map(({ name }) => name) ?? [],
            rows: shown === first ? statement.rows : [],
          },
          changed: results.at(-1)?.rowCount ?? 0,
        });
      });
      this.#client.query(query);
    });
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
