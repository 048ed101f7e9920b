import { BotError, type BotValue } from '@signalbox/taskbot';
import { Connection, Request, TYPES } from 'tedious';
import { dial, type Reachable } from '../network/index.ts';
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

export const connectSqlServer = async (
  target: ServerTarget,
  place: Reachable,
  signal: AbortSignal,
): Promise<Driver> => {
  if (target.instance !== '') {
    throw new BotError(
      `The connection names the instance "${target.instance}", whose port only a broadcast could find. Give the port of the instance instead: server,port.`,
    );
  }
  const connection = new Connection({
    server: place.name,
    authentication: { type: 'default', options: { userName: target.user, password: target.password } },
    options: {
      ...(target.database === '' ? {} : { database: target.database }),
      port: place.port,
      connector: () => dial(place, CONNECT_MS, signal),
      encrypt: target.encrypt,
      trustServerCertificate: target.trustCertificate,
      connectTimeout: CONNECT_MS,
      requestTimeout: 0,
      rowCollectionOnDone: false,
      rowCollectionOnRequestCompletion: false,
      useUTC: true,
      appName: 'Signalbox bot',
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => {
    connection.close();
    reject(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  connection.on('error', reject); // later ones show in the next statement
  connection.connect((error) => (error === undefined || error === null ? resolve() : reject(error)));
  try {
    await promise;
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return new SqlServerDriver(connection);
};

interface Outcome {
  readonly result: ResultSet;
  readonly changed: number;
  readonly outputs: ReadonlyMap<string, BotValue>;
}

interface Prepared {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
  /** `procedure` calls by name, `batch` sends the text as it is, `statement` with parameters. */
  readonly as: 'procedure' | 'batch' | 'statement';
}

class SqlServerDriver implements Driver {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async query(sql: string, limits: Limits): Promise<ResultSet> {
    return (await this.#run({ sql, parameters: [], as: 'batch' }, limits)).result;
  }

  async execute(sql: string, limits: Limits): Promise<number> {
    return (await this.#run({ sql, parameters: [], as: 'batch' }, limits)).changed;
  }

  async call(procedure: string, parameters: readonly Parameter[], limits: Limits): Promise<ProcedureResult> {
    return this.#run({ sql: quotedTable(procedure, quote), parameters, as: 'procedure' }, limits);
  }

  async insert(
    table: string,
    columns: readonly string[],
    rows: readonly BotValue[][],
    limits: Limits,
  ): Promise<number> {
    const into = `insert into ${quotedTable(table, quote)} (${columns.map(quote).join(', ')}) values `;
    let changed = 0;
    for (const chunk of chunked(rows, columns.length, 2000)) {
      const parameters = chunk.flat().map((value, index): Parameter => ({ name: `p${index}`, direction: 'IN', value }));
      let mark = 0;
      const marks = chunk.map((row) => `(${row.map(() => `@p${mark++}`).join(', ')})`);
      changed += (await this.#run({ sql: into + marks.join(', '), parameters, as: 'statement' }, limits)).changed;
    }
    return changed;
  }

  async begin(limits: Limits): Promise<void> {
    await this.execute('begin transaction', limits);
  }

  async commit(limits: Limits): Promise<void> {
    await this.execute('commit transaction', limits);
  }

  async rollback(limits: Limits): Promise<void> {
    await this.execute('if @@trancount > 0 rollback transaction', limits);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async #run({ sql, parameters, as }: Prepared, limits: Limits): Promise<Outcome> {
    limits.signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const rows = new RowCollector();
    const outputs = new Map<string, BotValue>();
    let columns: string[] = [];
    let failure: unknown;
    const request = new Request(sql, (error, count) => {
      if (failure !== undefined || (error !== undefined && error !== null)) reject(failure ?? error);
      else resolve({ result: { columns, rows: rows.rows }, changed: count ?? 0, outputs });
    });
    if (limits.timeoutMs > 0) request.setTimeout(limits.timeoutMs);
    for (const { name, direction, value } of parameters) {
      const bare = name.replace(/^@/, '');
      const text = direction === 'OUT' ? null : textParameter(value);
      // As text of any length: the server makes the column's type of it.
      if (direction === 'IN') request.addParameter(bare, TYPES.NVarChar, text, { length: Number.POSITIVE_INFINITY });
      else request.addOutputParameter(bare, TYPES.NVarChar, text, { length: 4000 });
    }
    request.on('columnMetadata', (found) => {
      // A name of its own or a position: rows are asked for as arrays.
      if (columns.length === 0 && Array.isArray(found)) columns = found.map(({ colName }) => colName);
    });
    request.on('row', (cells: readonly { readonly value: unknown }[]) => {
      if (failure !== undefined) return;
      try {
        rows.add([...cells].map(({ value }) => cellOf(value)));
      } catch (error) {
        failure = error;
        this.#connection.cancel();
      }
    });
    request.on('returnValue', (name, value) => outputs.set(name, cellOf(value)));
    const stop = () => {
      failure = limits.signal.reason;
      this.#connection.cancel();
      reject(failure);
    };
    limits.signal.addEventListener('abort', stop, { once: true });
    if (as === 'procedure') this.#connection.callProcedure(request);
    else if (as === 'batch') this.#connection.execSqlBatch(request);
    else this.#connection.execSql(request);
    try {
      return await promise;
    } finally {
      limits.signal.removeEventListener('abort', stop);
    }
  }
}

const quote = (part: string): string => `[${part.replaceAll(']', ']]')}]`;
