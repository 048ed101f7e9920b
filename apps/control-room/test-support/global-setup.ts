import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate, openDatabase } from '../src/kernel/database/index.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/kernel/embedded-postgres/index.ts';
import { createLogger } from '../src/kernel/log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A real PostgreSQL for this run, with a migrated database `template` to copy. */
    postgresUrl: string;
  }
}

/** One real PostgreSQL for all test files; it need not survive the run, so it does not sync. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-test-'));
  const postgres = await startEmbeddedPostgres({
    dataDir: folder,
    log: createLogger('error'),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  const tearDown = async (): Promise<void> => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  // A migration that fails must not leave a database running behind the failed run.
  await makeTemplate(postgres).catch(async (cause) => {
    await tearDown();
    throw cause;
  });
  project.provide('postgresUrl', postgres.connectionString);
  return tearDown;
}

async function makeTemplate(postgres: EmbeddedPostgres): Promise<void> {
  const client = new pg.Client(postgres.connection);
  await client.connect();
  await client.query('create database template');
  await client.end();
  const template = openDatabase({ ...postgres.connection, database: 'template' });
  await migrate(template);
  await template.close();
}
