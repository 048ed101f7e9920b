import { BotError, type BotValue, type Host } from '@signalbox/taskbot';
import { withoutSecrets } from '../support/secret.ts';
import { sessionOf } from '../support/session.ts';
import type { Driver, Limits, ResultSet } from './driver.ts';

/** What a Database session holds: a connection, what its last query gave, and whether a transaction is open. */
export class Connection {
  readonly #driver: Driver;
  readonly #secrets: readonly string[];
  #last: ResultSet | undefined;
  #inTransaction = false;
  /** Whether what was changed is kept when the session closes without anybody saying so. */
  keep = false;

  constructor(driver: Driver, secrets: readonly string[]) {
    this.#driver = driver;
    this.#secrets = secrets;
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  /** The rows of the last sqlQuery, which the loop goes through. */
  get result(): ResultSet {
    if (this.#last === undefined) {
      throw new BotError('The Database session has no rows yet. Run "Database: Read from" (sqlQuery) before the loop.');
    }
    return this.#last;
  }

  set result(rows: ResultSet) {
    this.#last = rows;
  }

  /** Does work on the connection; what the server objects to becomes a BotError without the password. */
  async work<T>(seconds: number, host: Host, work: (driver: Driver, limits: Limits) => Promise<T>): Promise<T> {
    try {
      return await work(this.#driver, { signal: host.signal, timeoutMs: Math.max(0, seconds) * 1000 });
    } catch (cause) {
      if (host.signal.aborted || cause instanceof BotError) throw cause;
      throw databaseFault('The database refused the statement', cause, this.#secrets);
    }
  }

  async begin(host: Host): Promise<void> {
    if (this.#inTransaction) throw new BotError('A transaction is open already. Commit it or roll it back first.');
    await this.work(0, host, (driver, limits) => driver.begin(limits));
    this.#inTransaction = true;
  }

  async end(how: 'commit' | 'rollback', host: Host): Promise<void> {
    if (!this.#inTransaction) throw new BotError('No transaction is open. Begin one first.');
    await this.work(0, host, (driver, limits) => driver[how](limits));
    this.#inTransaction = false;
  }

  /** An open transaction that nobody committed goes with the connection. */
  async close(): Promise<void> {
    try {
      await this.#driver.close(this.keep);
    } catch (cause) {
      throw cause instanceof BotError ? cause : databaseFault('The connection did not close', cause, this.#secrets);
    }
  }
}

/** No `cause`: the errors of some drivers carry their whole configuration. */
export const databaseFault = (doing: string, cause: unknown, secrets: readonly string[]): BotError => {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new BotError(withoutSecrets(`${doing}: ${message}${code}.`, secrets));
};

export const connectionOf = (session: BotValue, host: Host): Connection =>
  sessionOf({ package: 'Database', content: Connection, opener: 'Database: Connect' }, session, host);
