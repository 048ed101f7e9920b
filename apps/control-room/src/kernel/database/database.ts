import { AsyncLocalStorage } from 'node:async_hooks';
import type { Compilable, RawBuilder } from 'kysely';
import { DatabaseError, Pool, type PoolClient, type PoolConfig } from 'pg';
import { error } from '../errors.ts';
import { type Counts, createCounts } from './counts.ts';
import { queryBuilder } from './query-builder.ts';
import { toParameter, valueParsers } from './values.ts';

/** A statement that is worth preparing: one a file in a domain's `queries/`. */
export interface HotStatement {
  readonly name: string;
  readonly text: string;
  /**
   * `kept`: planned once a connection, and whatever comes is looked up by keys, one after the other. For statements that are
   * given few rows and whose planning costs more than they do. The others are planned anew for what they are given.
   */
  readonly plan?: 'kept';
}

const OPTIONS = '-c search_path=signalbox -c timezone=UTC';

/** A plan that is made for ten rows must not be used for a thousand. */
const PLANNED_ANEW = `${OPTIONS} -c plan_cache_mode=force_custom_plan`;

/**
 * What is planned once must be right for tables of any size, so nothing is left to choose that depends on it. Measured
 * (embedded PostgreSQL, one item, in the same process): giving out an item of a process 0.14 ms instead of 0.85, its release
 * 0.13 instead of 0.70.
 */
const PLANNED_ONCE = `${OPTIONS} -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off`;

/** Where announcements go, to every replica. */
export const CHANNEL = 'signalbox';

/** Something that runs statements: the pool, or a transaction. Rows come back as the query types them. */
export interface Connection {
  all<Row>(query: Compilable<Row> | RawBuilder<Row>): Promise<Row[]>;
  /** The first row, or undefined. */
  first<Row>(query: Compilable<Row> | RawBuilder<Row>): Promise<Row | undefined>;
  /** A prepared statement. The caller names the row type, because no one else can. */
  hot<Row>(statement: HotStatement, values: readonly unknown[]): Promise<Row[]>;
}

/** Whence a write comes, for the record. */
export interface Origin {
  readonly requestId: string;
  readonly address: string;
}

export interface Transaction extends Connection {
  /** Undefined for what the server does by itself. */
  readonly origin: Origin | undefined;
  /** The raw client, for COPY. */
  readonly client: PoolClient;
  /** Tells everybody when this transaction commits, and only then: this process before the commit's caller goes on. */
  announce(topic: string, id: string): Promise<void>;
}

export interface Database extends Connection {
  /**
   * Runs `work` in a transaction and commits. Inside another transaction of the same request it joins that one, so that
   * a request is one commit however many domain calls it makes.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * The same in a transaction of its own, also inside another: when this returns, it is on disk, whatever becomes of the
   * request's. It sees nothing that the other has written, and must not want a row that the other has locked.
   */
  ownTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Hears what this process's own transactions announced, as soon as they have committed. */
  onAnnounced(listener: (topic: string, id: string) => void): void;
  /** Whatever `work` writes comes from there. */
  during<T>(origin: Origin, work: () => T): T;
  /** How many rows there are of something, for lists. */
  readonly counts: Counts;
  /** The transaction this request is already in, if any. */
  ambient(): Transaction | undefined;
  /** A connection of one's own, outside the pool's turnover (LISTEN, advisory locks, COPY). */
  connect(): Promise<PoolClient>;
  close(): Promise<void>;
}

/**
 * Opens the pools. Nothing is connected before the first query.
 *
 * `pg` against `postgres`: see docs/decisions/0002-pg-as-driver.md.
 */
export function openDatabase(config: PoolConfig): Database {
  const pool = openPool(config, { max: 20, options: PLANNED_ANEW });
  const keptPool = openPool(config, { max: 4, options: PLANNED_ONCE });
  const current = new AsyncLocalStorage<Transaction>();
  const origins = new AsyncLocalStorage<Origin>();
  const listeners: ((topic: string, id: string) => void)[] = [];
  const builder = queryBuilder<unknown>();

  const connectionOver = (
    query: (config: { name?: string; text: string; values: unknown[] }) => Promise<{ rows: unknown[] }>,
  ): Connection => {
    const run = async (config: { name?: string; text: string; values: unknown[] }): Promise<unknown[]> => {
      try {
        return (await query(config)).rows;
      } catch (cause) {
        throw isOutage(cause) ? outage(cause) : (outOfRange(cause) ?? cause);
      }
    };
    const all = async <Row>(query: Compilable<Row> | RawBuilder<Row>): Promise<Row[]> => {
      const { sql, parameters } = query.compile(builder as never);
      return (await run({ text: sql, values: parameters.map(toParameter) })) as Row[];
    };
    return {
      all,
      first: async (query) => (await all(query))[0],
      hot: async <Row>(statement: HotStatement, values: readonly unknown[]) =>
        (await run({ name: statement.name, text: statement.text, values: values.map(toParameter) })) as Row[],
    };
  };

  const overPool = connectionOver((config) => pool.query(config));
  const overKeptPool = connectionOver((config) => keptPool.query(config));
  // What a request began and did not wait for may go on after its commit, when the connection is somebody else's already.
  const open = new WeakSet<Transaction>();
  const ambient = (): Transaction | undefined => {
    const tx = current.getStore();
    return tx && open.has(tx) ? tx : undefined;
  };
  const here = (): Connection => ambient() ?? overPool;

  const ownTransaction = async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((cause) => {
      throw outage(cause);
    });
    // Without a listener an 'error' between two queries (the database died) would end the process.
    const ignore = () => {};
    client.on('error', ignore);
    let broken: Error | undefined;
    const announced: [topic: string, id: string][] = [];
    const tx: Transaction = {
      client,
      origin: origins.getStore(),
      ...connectionOver((config) => client.query(config)),
      announce: async (topic, id) => {
        announced.push([topic, id]);
        await client.query('select pg_notify($1, $2)', [CHANNEL, `${topic}:${id}`]);
      },
    };
    try {
      await client.query('begin');
      open.add(tx);
      const result = await current.run(tx, () => work(tx)).finally(() => open.delete(tx));
      await client.query('commit');
      for (const [topic, id] of announced) for (const listener of listeners) listener(topic, id);
      return result;
    } catch (cause) {
      await client.query('rollback').catch((rollbackFailed: Error) => {
        broken = rollbackFailed;
      });
      throw isOutage(cause) ? outage(cause) : cause;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  };

  return {
    all: (query) => here().all(query),
    first: (query) => here().first(query),
    hot: (statement, values) =>
      (ambient() ?? (statement.plan === 'kept' ? overKeptPool : overPool)).hot(statement, values),
    onAnnounced: (listener) => {
      // Whoever looks because of a request's commit does not belong to that request: not to its transaction, nor to its record.
      listeners.push(AsyncLocalStorage.bind(listener));
    },
    during: (origin, work) => origins.run(origin, work),
    counts: createCounts(),
    ambient,
    connect: () => pool.connect(),
    close: async () => {
      await Promise.all([pool.end(), keptPool.end()]);
    },
    transaction: (work) => {
      const joined = ambient();
      return joined ? work(joined) : ownTransaction(work);
    },
    ownTransaction,
  };
}

function openPool(config: PoolConfig, own: Pick<PoolConfig, 'max' | 'options'>): Pool {
  const pool = new Pool({
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: 'signalbox',
    ...own,
    ...config,
    types: valueParsers,
  });
  // An idle connection that the database closed (restart, kill): the pool replaces it; nobody was using it.
  pool.on('error', () => {});
  return pool;
}

/**
 * The database could not be reached or went away; the statement may be repeated later. The same is true of a standby that
 * is reached before it is promoted (25006): it takes no writes yet.
 */
function isOutage(cause: unknown): boolean {
  if (cause instanceof DatabaseError) return cause.code !== undefined && /^(08|57P0[123]|53300|25006)/.test(cause.code);
  if (!(cause instanceof Error)) return false;
  const code = 'code' in cause ? String(cause.code) : '';
  return (
    /^(ECONN|EPIPE|ENOENT|ETIMEDOUT)/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      cause.message,
    )
  );
}

/**
 * A value that no check caught and that its column cannot hold: a number beyond int4, a moment beyond the calendar. The
 * caller sent it, so it is he who hears of it; the statement changed nothing.
 */
function outOfRange(cause: unknown): Error | undefined {
  if (!(cause instanceof DatabaseError) || !/^22(003|007|008|021|P05)$/.test(cause.code ?? '')) return undefined;
  return error('invalid', `A value is out of range: ${cause.message}.`, { cause });
}

function outage(cause: unknown): Error {
  return error('unavailable', 'The database cannot be reached at the moment.', { retryAfter: 1, cause });
}

/** The name of the violated constraint or index, when that is what went wrong. */
export function violatedConstraint(cause: unknown): string | undefined {
  return cause instanceof DatabaseError && cause.code?.startsWith('23') ? cause.constraint : undefined;
}
