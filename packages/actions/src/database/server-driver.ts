import type { BotValue } from '@signalbox/taskbot';
import { untilStopped } from '../support/until-stopped.ts';
import {
  chunked,
  type Driver,
  type Limits,
  type Parameter,
  type ProcedureResult,
  quotedTable,
  type ResultSet,
  RowCollector,
} from './driver.ts';

export const CONNECT_MS = 30_000;

export interface Outcome {
  readonly result: ResultSet;
  readonly changed: number;
}

/** How a server wants to be spoken to. */
export interface Dialect {
  readonly quote: (part: string) => string;
  /** The mark of a parameter by its place in the statement, from 0. */
  readonly mark: (index: number) => string;
  /** The most parameters of one statement. */
  readonly parameters: number;
  readonly begin: string;
  readonly commit: string;
  readonly rollback: string;
}

/** What is the same for every database that is a server. */
export abstract class ServerDriver implements Driver {
  protected abstract readonly dialect: Dialect;
  protected abstract run(sql: string, values: readonly BotValue[], limits: Limits): Promise<Outcome>;
  abstract call(procedure: string, parameters: readonly Parameter[], limits: Limits): Promise<ProcedureResult>;
  abstract close(): Promise<void>;

  async query(sql: string, limits: Limits): Promise<ResultSet> {
    return (await this.run(sql, [], limits)).result;
  }

  async execute(sql: string, limits: Limits): Promise<number> {
    return (await this.run(sql, [], limits)).changed;
  }

  async insert(
    table: string,
    columns: readonly string[],
    rows: readonly BotValue[][],
    limits: Limits,
  ): Promise<number> {
    const { quote, mark, parameters } = this.dialect;
    const into = `insert into ${quotedTable(table, quote)} (${columns.map(quote).join(', ')}) values `;
    let changed = 0;
    for (const chunk of chunked(rows, columns.length, parameters)) {
      let index = 0;
      const marks = chunk.map((row) => `(${row.map(() => mark(index++)).join(', ')})`);
      changed += (await this.run(into + marks.join(', '), chunk.flat(), limits)).changed;
    }
    return changed;
  }

  async begin(limits: Limits): Promise<void> {
    await this.run(this.dialect.begin, [], limits);
  }

  async commit(limits: Limits): Promise<void> {
    await this.run(this.dialect.commit, [], limits);
  }

  async rollback(limits: Limits): Promise<void> {
    await this.run(this.dialect.rollback, [], limits);
  }
}

/** Waits for a connection to open; what did not open is dropped. */
export const openOrDrop = async (opening: Promise<void>, signal: AbortSignal, drop: () => void): Promise<void> => {
  try {
    await untilStopped(opening, signal, drop);
  } catch (error) {
    drop();
    throw error;
  }
};

/** A statement under way. It ends once: what comes after is let go. */
export interface Statement<T> {
  readonly rows: BotValue[][];
  add(row: BotValue[]): void;
  done(value: T): void;
  fail(error: unknown): void;
  /** Has the server end it, and fails with the reason. */
  giveUp(reason: unknown): void;
}

/**
 * Runs a statement whose rows come one by one, so that too many of them stop it instead of filling the memory.
 *
 * @param drop ends the statement at the server: `gone` if the connection went with it, `answers` if the server still
 *   says that it ended, which must be heard before the connection takes another one
 */
export const runStatement = async <T>(
  signal: AbortSignal,
  drop: () => Promise<'gone' | 'answers'>,
  submit: (statement: Statement<T>) => void,
): Promise<T> => {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const collector = new RowCollector();
  let given: { readonly reason: unknown; readonly dropped: Promise<unknown> } | undefined;
  const giveUp = (reason: unknown) => {
    if (given !== undefined) return; // rows that were on their way still come
    const dropped = drop().then(
      (state) => state === 'gone' && reject(reason),
      () => reject(reason),
    );
    given = { reason, dropped };
  };
  const ended = (otherwise: () => void) => {
    if (given === undefined) return otherwise();
    const { reason, dropped } = given;
    dropped.then(() => reject(reason));
  };
  const stop = () => {
    giveUp(signal.reason);
    reject(signal.reason); // nobody needs the connection any more
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    submit({
      rows: collector.rows,
      add: (row) => {
        if (given !== undefined) return;
        try {
          collector.add(row);
        } catch (error) {
          giveUp(error);
        }
      },
      done: (value) => ended(() => resolve(value)),
      fail: (error) => ended(() => reject(error)),
      giveUp,
    });
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
