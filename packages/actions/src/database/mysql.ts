import { BotError, type BotValue } from '@signalbox/taskbot';
import { type Connection, createConnection, raw, type SslOptions } from 'mysql2';
import { dial, type Reachable } from '../network/index.ts';
import type { ServerTarget } from './connection-string.ts';
import {
  cellOf,
  type Driver,
  type Limits,
  type Parameter,
  type ProcedureResult,
  parameterOf,
  quotedTable,
} from './driver.ts';
import { CONNECT_MS, type Dialect, type Outcome, openOrDrop, runStatement, ServerDriver } from './server-driver.ts';

const KILL_MS = 5000;

export const connectMysql = async (target: ServerTarget, place: Reachable, signal: AbortSignal): Promise<Driver> => {
  const another = (until: AbortSignal) => connected(target, place, until);
  return new MysqlDriver(await another(signal), another);
};

const connected = async (target: ServerTarget, place: Reachable, signal: AbortSignal): Promise<Connection> => {
  const stream = await dial(place, CONNECT_MS, signal);
  const connection = createConnection({
    stream,
    host: place.name,
    port: place.port,
    user: target.user,
    password: target.password,
    database: target.database,
    ...(target.encrypt ? { ssl: tls(target) } : {}),
    connectTimeout: CONNECT_MS,
    // Exact: decimals and long integers as texts, dates as the server prints them.
    decimalNumbers: false,
    supportBigNumbers: true,
    bigNumberStrings: false,
    dateStrings: true,
    jsonStrings: true,
    rowsAsArray: true,
    multipleStatements: false,
    // A server may ask for any file of the device otherwise.
    flags: ['-LOCAL_FILES'],
  });
  connection.on('error', () => {}); // shows in the next statement
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.connect((error) => (error === null ? resolve() : reject(error)));
  await openOrDrop(promise, signal, () => connection.destroy());
  return connection;
};

/**
 * The library takes a certificate for any name unless told otherwise. A server given by its number is not found in its
 * certificate that way, and refused: the library asks for `localhost` then. [observed]
 */
const tls = ({ trustCertificate }: ServerTarget): SslOptions => ({
  rejectUnauthorized: !trustCertificate,
  verifyIdentity: !trustCertificate,
});

class MysqlDriver extends ServerDriver {
  protected readonly dialect: Dialect = {
    quote,
    mark: () => '?',
    parameters: 60_000,
    begin: 'start transaction',
    commit: 'commit',
    rollback: 'rollback',
  };
  readonly #connection: Connection;
  readonly #another: (signal: AbortSignal) => Promise<Connection>;

  constructor(connection: Connection, another: (signal: AbortSignal) => Promise<Connection>) {
    super();
    this.#connection = connection;
    this.#another = another;
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
        await this.run(`set @signalbox_${index} = ?`, [direction === 'OUT' ? null : value], limits);
      }
    }
    const { result } = await this.run(`call ${quotedTable(procedure, quote)}(${marks.join(', ')})`, values, limits);
    const outputs = new Map<string, BotValue>();
    for (const [index, { name, direction }] of parameters.entries()) {
      if (direction === 'IN') continue;
      const read = await this.run(`select @signalbox_${index}`, [], limits);
      outputs.set(name, read.result.rows[0]?.[0] ?? '');
    }
    return { outputs, result };
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#connection.once('error', () => resolve()); // it was closed before
    this.#connection.end(() => resolve());
    await promise;
  }

  protected async run(sql: string, values: readonly BotValue[], limits: Limits): Promise<Outcome> {
    let timer: NodeJS.Timeout | undefined;
    let broken: (error: unknown) => void = () => {};
    try {
      return await runStatement<Outcome>(
        limits.signal,
        () => this.#interrupt(),
        (statement) => {
          broken = statement.fail;
          // A connection that is closed says so here, and not to the statement.
          this.#connection.on('error', broken);
          if (limits.timeoutMs > 0) {
            timer = setTimeout(() => statement.giveUp(late(limits.timeoutMs)), Math.min(limits.timeoutMs, 2 ** 31 - 1));
          }
          const query = this.#connection.query({ sql, values: values.map(literal), rowsAsArray: true });
          let columns: string[] = [];
          let sets = 0;
          let changed = 0;
          query.on('error', statement.fail);
          query.on('fields', (fields: readonly { readonly name: string }[] | undefined) => {
            if (fields === undefined) return;
            sets += 1;
            if (sets === 1) columns = fields.map(({ name }) => name);
          });
          query.on('result', (row: unknown) => {
            if (!Array.isArray(row)) changed += affectedRows(row);
            else if (sets === 1) statement.add(row.map(cellOf)); // a procedure may select more than once
          });
          query.on('end', () => statement.done({ result: { columns, rows: statement.rows }, changed }));
        },
      );
    } finally {
      clearTimeout(timer);
      this.#connection.off('error', broken);
    }
  }

  /** The server goes on with a statement whose client went away, so it is told over another connection. */
  async #interrupt(): Promise<'gone' | 'answers'> {
    try {
      const helper = await this.#another(AbortSignal.timeout(KILL_MS));
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      helper.query(`kill query ${this.#connection.threadId}`, (error) => (error === null ? resolve() : reject(error)));
      await openOrDrop(promise, AbortSignal.timeout(KILL_MS), () => helper.destroy());
      helper.end();
      return 'answers';
    } catch {
      this.#connection.destroy();
      return 'gone';
    }
  }
}

const late = (timeoutMs: number): BotError =>
  new BotError(
    `The database did not answer within ${timeoutMs / 1000} s, the time-out of the action, and was told to stop. Raise the time-out, or ask for less.`,
  );

/**
 * A text with anything special goes as hexadecimal digits: what a backslash or a quote in a literal means depends on the
 * server's sql_mode (NO_BACKSLASH_ESCAPES), so an escaped one could end the literal early.
 */
const literal = (value: BotValue): unknown => {
  const parameter = parameterOf(value);
  if (typeof parameter !== 'string' || /^[^\\'"\p{Cc}]*$/u.test(parameter)) return parameter;
  return raw(`_utf8mb4 x'${Buffer.from(parameter).toString('hex')}'`);
};

const affectedRows = (header: unknown): number =>
  typeof header === 'object' && header !== null && 'affectedRows' in header ? Number(header.affectedRows) : 0;

const quote = (part: string): string => `\`${part.replaceAll('`', '``')}\``;
