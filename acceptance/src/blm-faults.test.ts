import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../apps/control-room/test-support/database.ts';
import { type BlmSuite, blmSuite, manifestOf, zipOf } from './support/blm.ts';
import { type KillableServer, startKillableServer } from './support/killable-server.ts';
import { isReady, until } from './support/processes.ts';

/** Servers that are killed, or fall asleep, in the middle of an export or import. The test holds a lock that keeps them there. */
const ROOT = 'Automation Anywhere\\Bots';
const COUNT = 30;

interface Server extends KillableServer {
  readonly blm: BlmSuite;
}

let folder: string;
let database: TestDatabase;
let admin: { token: string };
const running: Server[] = [];
let names = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-blm-'));
  database = await createTestDatabase();
});
afterAll(async () => {
  for (const server of running) {
    server.wake();
    await server.kill();
  }
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

async function startServer(): Promise<Server> {
  const killable = await startKillableServer(folder, { DATABASE_URL: database.url });
  admin = { token: killable.token };
  const server = { ...killable, blm: blmSuite(killable) };
  running.push(server);
  return server;
}

/** Holds what a statement locks, until it is let go. */
async function hold(statement: string): Promise<() => Promise<void>> {
  const client: PoolClient = await database.database.connect();
  await client.query('begin');
  await client.query(statement);
  return async () => {
    await client.query('rollback');
    client.release();
  };
}

const somebodyWaits = async (): Promise<boolean> =>
  (await database.database.first(
    sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )) !== undefined;

/** An archive one of whose files is there already: whoever locks that one stops the import at it. */
async function importThatStopsAt(
  server: Server,
  index: number,
): Promise<{ bytes: Buffer; file: number; place: string }> {
  const place = `Fault ${++names}`;
  const paths = Array.from({ length: COUNT }, (_, at) => `${place}\\${at}`);
  const archive = (some: readonly string[]) =>
    zipOf([
      ['manifest.json', manifestOf(some.map((path) => ({ path: `${ROOT}\\${path}` })))],
      ...some.map((path) => [`${ROOT}\\${path}`.replaceAll('\\', '/'), `{"nodes":[],"variables":[]}`] as const),
    ]);
  expect(await server.blm.import(admin, await archive(paths.slice(index, index + 1)))).toMatchObject({
    status: 'COMPLETED',
  });
  const entry = await database.database.first(
    sql<{ id: number }>`select id from repository_entry where path = ${`${ROOT}\\${paths[index]}`}`,
  );
  return { bytes: await archive(paths), file: entry?.id ?? 0, place };
}

async function expectImportedOnce(requestId: string, place: string): Promise<void> {
  const entries = await database.database.all(
    sql<{
      versions: number;
    }>`select latest_version as versions from repository_entry where path like ${`${ROOT}\\${place}\\%`.replaceAll('\\', '\\\\')} and not is_folder order by latest_version`,
  );
  expect(entries.map(({ versions }) => versions)).toEqual([...Array<number>(COUNT - 1).fill(1), 2]);
  const record = await database.database.all(
    sql`select 1 from audit_entry where action = 'blm.import' and subject_id = ${requestId}`,
  );
  expect(record).toHaveLength(1);
  const job = await database.database.first(
    sql<{ status: string }>`select status from blm_job where id = ${requestId}`,
  );
  expect(job?.status).toBe('COMPLETED');
}

const order = async (server: Server, bytes: Buffer): Promise<string> =>
  (await server.blm.upload(admin, bytes)).body.requestId;

describe('A server', () => {
  it('that is killed in the middle of an import leaves nothing of it, and another one does it from its start', async () => {
    const first = await startServer();
    const { bytes, file, place } = await importThatStopsAt(first, COUNT - 1);
    const letGo = await hold(`select 1 from repository_entry where id = ${file} for update`);
    const requestId = await order(first, bytes);
    await until('the import waits for the last file', somebodyWaits);
    await first.kill();
    const half = await database.database.all(sql`select 1 from repository_entry where path like ${`%${place}%`}`);
    expect(half, 'the folder and the file that were there').toHaveLength(2);
    const second = await startServer();
    expect((await second.blm.get(admin, `status/${requestId}`)).body.status).toBe('IN_PROGRESS');
    await letGo();
    await database.advance({ minutes: 1 });
    expect(await second.blm.ended(admin, requestId)).toMatchObject({
      status: 'COMPLETED',
      errorMessage: '',
      entriesDone: COUNT,
    });
    await expectImportedOnce(requestId, place);
  }, 120_000);

  it('that sleeps through its lease does not end the import a second time', async () => {
    const sleeper = running.at(-1) ?? (await startServer());
    const { bytes, file, place } = await importThatStopsAt(sleeper, COUNT - 1);
    const letGo = await hold(`select 1 from repository_entry where id = ${file} for update`);
    const requestId = await order(sleeper, bytes);
    await until('the import waits for the last file', somebodyWaits);
    sleeper.fallAsleep();
    const other = await startServer();
    await database.advance({ minutes: 1 });
    await until('the other one has taken it over', async () => {
      const job = await database.database.first(
        sql<{ attempt: number }>`select attempt from blm_job where id = ${requestId}`,
      );
      return job?.attempt === 2;
    });
    await letGo();
    sleeper.wake();
    expect(await other.blm.ended(admin, requestId)).toMatchObject({ status: 'COMPLETED', errorMessage: '' });
    // Whoever stops has ended what he was at: nothing comes after this.
    await Promise.all([sleeper.stop(), other.stop()]);
    await expectImportedOnce(requestId, place);
  }, 120_000);

  it('that is stopped in the middle of an import hands it back at once', async () => {
    const first = await startServer();
    const { bytes, file, place } = await importThatStopsAt(first, 0);
    const letGo = await hold(`select 1 from repository_entry where id = ${file} for update`);
    const requestId = await order(first, bytes);
    await until('the import waits for its first file', somebodyWaits);
    const stopping = first.stop();
    await until('it no longer takes calls', async () => !(await isReady(first.url)().catch(() => false)));
    await letGo();
    await stopping;
    const job = await database.database.first(
      sql<{ status: string }>`select status from blm_job where id = ${requestId}`,
    );
    expect(job?.status).toBe('PENDING');
    const second = await startServer();
    expect(await second.blm.ended(admin, requestId)).toMatchObject({ status: 'COMPLETED', errorMessage: '' });
    await expectImportedOnce(requestId, place);
    await second.stop();
  }, 120_000);

  it('that is killed with a password in its memory takes it along: the export fails and says so', async () => {
    const first = await startServer();
    const { file } = await importThatStopsAt(first, COUNT - 1);
    const letGo = await hold('lock table blm_archive_chunk in access exclusive mode');
    const { requestId } = (
      await first.blm.order(admin, { name: 'locked', fileIds: [file], archivePassword: 'to be forgotten' })
    ).body;
    await until('the export waits to write', somebodyWaits);
    await first.kill();
    const second = await startServer();
    await letGo();
    await database.advance({ minutes: 1 });
    expect(await second.blm.ended(admin, requestId)).toMatchObject({
      status: 'FAILED',
      errorMessage: expect.stringMatching(/password is kept nowhere else/),
      downloadFileId: '',
    });
    await second.stop();
  }, 120_000);
});
