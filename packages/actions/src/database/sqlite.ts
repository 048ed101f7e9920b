import { DatabaseSync } from 'node:sqlite';
import { BotError, type BotValue } from '@signalbox/taskbot';
import { fileWork } from '../support/file-fault.ts';
import {
  cellOf,
  chunked,
  type Driver,
  type ProcedureResult,
  parameterOf,
  quotedTable,
  type ResultSet,
  RowCollector,
} from './driver.ts';

/** Node's own SQLite. It works in this thread: a statement cannot be stopped in its middle. */
export class SqliteDriver implements Driver {
  readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = fileWork('open', file, () => new DatabaseSync(file, { timeout: 30_000 }));
  }

  async query(sql: string): Promise<ResultSet> {
    const statement = this.#prepare(sql);
    const rows = new RowCollector();
    const names = statement.columns().map(({ name }) => name);
    for (const row of statement.iterate()) rows.add((row as unknown as unknown[]).map(cellOf)); // arrays, as asked below
    return { columns: names, rows: rows.rows };
  }

  async execute(sql: string): Promise<number> {
    return Number(this.#prepare(sql).run().changes);
  }

  async call(): Promise<ProcedureResult> {
    throw new BotError('SQLite, Excel and CSV have no stored procedures. Use a query.');
  }

  async insert(table: string, columns: readonly string[], rows: readonly BotValue[][]): Promise<number> {
    const into = `insert into ${quotedTable(table, quote)} (${columns.map(quote).join(', ')}) values `;
    let changed = 0;
    for (const chunk of chunked(rows, columns.length, 30_000)) {
      const marks = chunk.map((row) => `(${row.map(() => '?').join(', ')})`).join(', ');
      const values = chunk.flat().map((value) => {
        const parameter = parameterOf(value);
        return typeof parameter === 'boolean' ? Number(parameter) : parameter;
      });
      changed += Number(this.database.prepare(into + marks).run(...values).changes);
    }
    return changed;
  }

  async begin(): Promise<void> {
    this.database.exec('begin');
  }

  async commit(): Promise<void> {
    this.database.exec('commit');
  }

  async rollback(): Promise<void> {
    this.database.exec('rollback');
  }

  async close(_keep: boolean): Promise<void> {
    this.database.close();
  }

  #prepare(sql: string) {
    const statement = this.database.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    return statement;
  }
}

const quote = (part: string): string => `"${part.replaceAll('"', '""')}"`;
