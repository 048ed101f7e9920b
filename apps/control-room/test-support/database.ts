import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../src/kernel/database/index.ts';

export interface TestDatabase {
  readonly database: Database;
  readonly url: string;
  /** Moves the time that decides anything. */
  advance(duration: Temporal.DurationLike): Promise<void>;
  drop(): Promise<void>;
}

/** A fresh, migrated database of its own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(`create database ${name} template template`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  const database = openDatabase({ connectionString: url.href });
  return {
    database,
    url: url.href,
    advance: (duration) => advanceClock(url.href, duration),
    drop: async () => {
      await database.close();
      await asAdmin(`drop database ${name} with (force)`);
    },
  };
}

/** The same, dropped when the test is over. */
export async function testDatabase(): Promise<TestDatabase> {
  const made = await createTestDatabase();
  onTestFinished(() => made.drop());
  return made;
}

/** Moves the database's clock and tells everybody. */
export async function advanceClock(url: string, duration: Temporal.DurationLike): Promise<void> {
  const client = new pg.Client({ connectionString: url, options: '-c search_path=signalbox' });
  await client.connect();
  const seconds = Temporal.Duration.from(duration).total('seconds');
  await client.query('update clock set ahead = ahead + make_interval(secs => $1)', [seconds]);
  await client.query(`select pg_notify('signalbox', 'clock:moved')`);
  await client.end();
}

async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
