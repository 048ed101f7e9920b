import { BotError, type BotValue } from '@signalbox/taskbot';
import { Connection, Request, TYPES } from 'tedious';
import { dial, type Reachable } from '../network/index.ts';
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
import { CONNECT_MS, type Dialect, type Outcome, openOrDrop, runStatement, ServerDriver } from './server-driver.ts';

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
  connection.on('error', reject); // later ones show in the next statement
  connection.connect((error) => (error === undefined || error === null ? resolve() : reject(error)));
  await openOrDrop(promise, signal, () => connection.close());
  return new SqlServerDriver(connection);
};

interface CallOutcome extends Outcome {
  readonly outputs: ReadonlyMap<string, BotValue>;
}

interface Prepared {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
  /** `procedure` calls by name, `batch` sends the text as it is, `statement` with parameters. */
  readonly as: 'procedure' | 'batch' | 'statement';
}

class SqlServerDriver extends ServerDriver {
  protected readonly dialect: Dialect = {
    quote,
    mark: (index) => `@p${index}`,
    parameters: 2000,
    begin: 'begin transaction',
    commit: 'commit transaction',
    rollback: 'if @@trancount > 0 rollback transaction',
  };
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super();
    this.#connection = connection;
  }

  async call(procedure: string, parameters: readonly Parameter[], limits: Limits): Promise<ProcedureResult> {
    return this.#submit({ sql: quotedTable(procedure, quote), parameters, as: 'procedure' }, limits);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  protected run(sql: string, values: readonly BotValue[], limits: Limits): Promise<Outcome> {
    const parameters = values.map((value, index): Parameter => ({ name: `p${index}`, direction: 'IN', value }));
    return this.#submit({ sql, parameters, as: values.length === 0 ? 'batch' : 'statement' }, limits);
  }

  #submit({ sql, parameters, as }: Prepared, limits: Limits): Promise<CallOutcome> {
    const drop = async () => {
      this.#connection.cancel();
      return 'answers' as const;
    };
    return runStatement<CallOutcome>(limits.signal, drop, (statement) => {
      const outputs = new Map<string, BotValue>();
      let columns: string[] = [];
      let sets = 0;
      const request = new Request(sql, (error, count) => {
        if (error !== undefined && error !== null) statement.fail(error);
        else statement.done({ result: { columns, rows: statement.rows }, changed: count ?? 0, outputs });
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
        sets += 1;
        // A name of its own or a position: rows are asked for as arrays.
        if (sets === 1 && Array.isArray(found)) columns = found.map(({ colName }) => colName);
      });
      request.on('row', (cells: readonly { readonly value: unknown }[]) => {
        if (sets === 1) statement.add([...cells].map(({ value }) => cellOf(value))); // a batch may select more than once
      });
      request.on('returnValue', (name, value) => outputs.set(name, cellOf(value)));
      if (as === 'procedure') this.#connection.callProcedure(request);
      else if (as === 'batch') this.#connection.execSqlBatch(request);
      else this.#connection.execSql(request);
    });
  }
}

const quote = (part: string): string => `[${part.replaceAll(']', ']]')}]`;
