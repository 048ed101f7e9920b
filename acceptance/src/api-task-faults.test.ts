import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../apps/control-room/test-support/database.ts';
import { execute, slow, text } from './support/bots.ts';
import { type KillableServer, startKillableServer } from './support/killable-server.ts';
import { until } from './support/processes.ts';

/** kill -9 for a server that runs API Tasks: what was accepted is there, what ended is not run again, what was lost says so. */
let database: TestDatabase;
let folder: string;
let server: KillableServer;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'signalbox-task-faults-'));
  server = await startKillableServer(folder, {
    DATABASE_URL: database.url,
    SIGNALBOX_ON_DEMAND_SLOTS: '1',
    SIGNALBOX_LOG_LEVEL: 'fatal',
  });
});
afterAll(async () => {
  await server?.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const call = (method: string, path: string, body?: unknown) => server.call(method, path, { body });

async function save(name: string, content: string): Promise<string> {
  const made = await call('POST', '/v2/repository/files', {
    name,
    parentFolderId: '2',
    contentType: 'application/vnd.aa.headlessbot',
  });
  const put = await call('PUT', `/v2/repository/files/${made.body.id}/content`, content);
  expect(put.status, put.text).toBe(200);
  return String(made.body.id);
}

async function statuses(deploymentId: string): Promise<string[]> {
  const filter = { operator: 'eq', field: 'deploymentId', value: deploymentId };
  const answer = await call('POST', '/v3/activity/list', { filter });
  return answer.body.list.map(({ status }: { status: string }) => status).sort();
}

describe('a server that is killed', () => {
  it('loses no run on demand that it accepted, and begins none a second time', async () => {
    const fileId = await save('Slow', slow(1.5));
    const deployed = await call('POST', '/v4/automations/deploy', {
      botId: fileId,
      headlessRequest: { numberOfExecutions: 3, queueOnSlotsExhaustion: true },
    });
    const { deploymentId } = deployed.body;
    await until('a run has begun', async () => (await statuses(deploymentId)).includes('RUNNING'));
    await server.kill();
    await server.start();
    expect(await statuses(deploymentId)).toEqual(['QUEUED', 'QUEUED', 'RUNNING']);

    // Nobody has heard of its server for longer than it may be silent: how far the run came is not known.
    await database.advance({ seconds: 60 });
    await until('all have ended', async () => (await statuses(deploymentId)).join() === 'COMPLETED,COMPLETED,UNKNOWN');
    const begun = await database.database.all(
      sql`select 1 from run where deployment_id = ${deploymentId} and started_on is not null`,
    );
    expect(begun).toHaveLength(3);
  });

  it('has its allocations up again, and loses of the record only the last moment', async () => {
    const fileId = await save('Quick', slow(0));
    const path = 'Automation Anywhere\\Bots\\Quick';
    await call('PUT', '/orchestrator/v1/hotbot/config/create', { fileId, concurrencyLimit: 4 });
    const { body } = await call('POST', '/orchestrator/v1/hotbot/config/accessdetails', { botRepositoryPath: [path] });
    const access = body.accessDetails[path];
    const count = async () => {
      const row = await database.database.first(
        sql<{ count: number }>`select count(*)::int as count from run where file_id = ${Number(fileId)}`,
      );
      return row?.count ?? 0;
    };
    for (let n = 0; n < 50; n++) expect((await execute(access, { botInput: { given: text('x') } })).status).toBe(200);
    // Longer than runs wait for one another: these are on disk.
    await until('they are recorded', async () => (await count()) === 50);
    for (let n = 0; n < 20; n++) await execute(access);
    await server.kill();
    expect(await count()).toBeGreaterThanOrEqual(50);

    await server.start();
    // The token is still good: it was signed with a key that is in the database.
    expect((await execute(access)).status).toBe(200);
    await until('that is recorded', async () => (await count()) > 50);
  });
});
