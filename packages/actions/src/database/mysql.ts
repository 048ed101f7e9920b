import type { BotValue } from '@signalbox/taskbot';
import { type Connection, createConnection } from 'mysql2';
import { dial, type Reachable } from '../network/index.ts';
import type { ServerTarget } from './connection-string.ts';
import {
  cellOf,
  chunked,
  type Driver,
  type Limits,
  type Parameter,
  type ProcedureResult,
  parameterOf,
  quotedTable,
  type ResultSet,
  RowCollector,
} from './driver.ts';

const CONNECT_MS = 30_000;

export const connectMysql = async (target: ServerTarget, place: Reachable, signal: AbortSignal): Promise<Driver> => {
  const stream = await dial(place, CONNECT_MS, signal);
  const connection = createConnection({
    stream,
    host: place.name,
    user: target.user,
    password: target.password,
    database: target.database,
    ...(target.encrypt ? { ssl: { rejectUnauthorized: !target.trustCertificate } } : {}),
    connectTimeout: CONNECT_MS,
    // Exact: decimals and long integers as texts, dates as the server prints them.
    decimalNumbers: false,
    supportBigNumbers: true,
    bigNumberStrings: false,
    dateStrings: true,
    rowsAsArray: true,
    multipleStatements: false,
    // A server may ask for any file of the device otherwise.
    flags: ['-LOCAL_FILES'],
  });
  connection.on('error', () => {}); // shows in the next statement
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => {
    connection.destroy();
    reject(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  connection.connect((error) => (error === null ? resolve() : reject(error)));
  try {
    await promise;
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return new MysqlDriver(connection);
};

interface Outcome {
  readonly result: ResultSet;
  readonly changed: number;
}

class MysqlDriver implements Driver {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async query(sql: string, limits: Limits): Promise<ResultSet> {
    return (await this.#run(sql, [], limits)).result;
  }

  async execute(sql: string, limits: Limits): Promise<number> {
    return (await this.#run(sql, [], limits)).changed;
  }

  /** What comes out goes through variables of the connection: the protocol of plain queries has no other way. */
  async call(procedure: string, parameters: readonly Parameter[], limits: Limits): Promise<ProcedureResult> {
    const values: BotValue[] = [];
    const marks: string[] = [];
    for (const [index, { direction, value }] of parameters.entries()) {
      if (direction === 'IN') {
        marks.push('?');
        values.push(value);
      } else {
        marks.push(`@signalbox_${index}`);
        await this.#run(`set @signalbox_${index} = ?`, [direction === 'OUT' ? null : value], limits);
      }
    }
    const { result } = await this.#run(`call ${quotedTable(procedure, quote)}(${marks.join(', ')})`, values, limits);
    const outputs = new Map<string, BotValue>();
    for (const [index, { name, direction }] of parameters.entries()) {
      if (direction === 'IN') continue;
      const read = await this.#run(`select @signalbox_${index}`, [], limits);
      outputs.set(name, read.result.rows[0]?.[0] ?? '');
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
      const marks = chunk.map((row) => `(${row.map(() => '?').join(', ')})`).join(', ');
      changed += (await this.#run(into + marks, chunk.flat(), limits)).changed;
    }
    return changed;
  }

  async begin(limits: Limits): Promise<void> {
    await this.#run('start transaction', [], limits);
  }

  async commit(limits: Limits): Promise<void> {
    await this.#run('commit', [], limits);
  }

  async rollback(limits: Limits): Promise<void> {
    await this.#run('rollback', [], limits);
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#connection.end(() => resolve());
    await promise;
  }

  /** Rows are taken one by one, so that too many of them stop the query instead of filling the memory. */
  async #run(sql: string, values: readonly BotValue[], limits: Limits): Promise<Outcome> {
    limits.signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const query = this.#connection.query({
      sql,
      values: values.map(parameterOf),
      rowsAsArray: true,
      ...(limits.timeoutMs > 0 ? { timeout: limits.timeoutMs } : {}),
    });
    const rows = new RowCollector();
    let columns: string[] = [];
    let changed = 0;
    const giveUp = (reason: unknown) => {
      reject(reason);
      this.#connection.destroy();
    };
    const stop = () => giveUp(limits.signal.reason);
    limits.signal.addEventListener('abort', stop, { once: true });
    query.on('error', (error) => {
      // After a time-out the answer would still come, in place of the next one's.
      if ('code' in error && error.code === 'PROTOCOL_SEQUENCE_TIMEOUT') this.#connection.destroy();
      reject(error);
    });
    query.on('fields', (fields: readonly { readonly name: string }[] | undefined) => {
      if (columns.length === 0) columns = fields?.map(({ name }) => name) ?? [];
    });
    query.on('result', (row: unknown) => {
      if (!Array.isArray(row)) {
        changed += affectedRows(row);
        return;
      }
      try {
        rows.add(row.map(cellOf));
      } catch (error) {
        giveUp(error);
      }
    });
    query.on('end', () => resolve({ result: { columns, rows: rows.rows }, changed }));
    try {
      return await promise;
    } finally {
      limits.signal.removeEventListener('abort', stop);
    }
  }
}

const affectedRows = (header: unknown): number =>
  typeof header === 'object' && header !== null && 'affectedRows' in header ? Number(header.affectedRows) : 0;

const quote = (part: string): string => `\`${part.replaceAll('`', '``')}\``;
