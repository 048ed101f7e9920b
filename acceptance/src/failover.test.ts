import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyExport } from '@signalbox/audit-trail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, callServer } from '../../apps/control-room/test-support/server.ts';
import { freePort, isReady, type Program, startProgram, until } from './support/processes.ts';
import { findSystemPostgres, type ReplicatedPostgres, startReplicatedPostgres } from './support/standby.ts';

/**
 * The database fails over to its standby while clients write. Under synchronous replication nothing that was acknowledged
 * is lost, and the server goes on without being started anew.
 */
const PASSWORD = 'a-password-for-the-failover';
const system = await findSystemPostgres();
if (system === undefined) console.info('Skipped: no PostgreSQL 15 or later of Debian’s packages is here to fail over.');

describe.skipIf(system === undefined)('a database with a synchronous standby', () => {
  let database: ReplicatedPostgres;
  let server: Program;
  let folder: string;
  let url: string;
  let token: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-failover-'));
    database = await startReplicatedPostgres(system ?? '');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = startProgram('apps/control-room/src/main.ts', {
      PORT: String(port),
      DATABASE_URL: database.url,
      SIGNALBOX_DATA_DIR: folder,
      SIGNALBOX_ADMIN_PASSWORD: PASSWORD,
      SIGNALBOX_LOG_LEVEL: 'fatal',
    });
    await until(`the server is up: ${server.output()}`, isReady(url));
    const loggedIn = await callServer(url, 'POST', '/v2/authentication', {
      body: { username: 'admin', password: PASSWORD, multipleLogin: true },
    });
    token = loggedIn.body.token;
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await database?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Says it until it is answered, under one key. */
  async function insist(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { 'idempotency-key': randomUUID() };
    for (;;) {
      const answer = await callServer(url, method, path, { token, body, headers }).catch(() => undefined);
      if (answer && answer.status < 500) return answer;
      await sleep(50);
    }
  }

  it('fails over while items come in: all that was acknowledged is there, once, and the log of it holds', async () => {
    const model = await insist('POST', '/v4/wlm/workitemmodels', {
      name: 'm',
      attributes: [{ name: 'n', type: 'NUMBER' }],
    });
    const queue = await insist('POST', '/v4/wlm/queues', { name: 'q', workItemModelId: model.body.id });
    const acknowledged: number[] = [];
    const states = new Set<number>();
    let next = 0;
    let stop = false;
    const writer = async (): Promise<void> => {
      while (!stop) {
        const n = next++;
        const answer = await insist('POST', `/v4/wlm/queues/${queue.body.id}/workitems`, {
          workItems: [{ json: { n } }],
        });
        if (answer.status === 201 || answer.status === 200) acknowledged.push(n);
        else throw new Error(answer.text);
      }
    };
    const watcher = async (): Promise<void> => {
      while (!stop) {
        states.add(await fetch(`${url}/health/ready`).then(({ status }) => status));
        await sleep(20);
      }
    };
    const working = Promise.all([...Array.from({ length: 8 }, writer), watcher()]);
    await until('items come in', async () => acknowledged.length > 200);
    await database.failOver();
    const before = acknowledged.length;
    await until('items come in again', async () => acknowledged.length > before + 200);
    stop = true;
    await working;

    const found: number[] = [];
    for (let offset = 0; ; offset += 1_000) {
      const page = await insist('POST', `/v3/wlm/queues/${queue.body.id}/workitems/list`, {
        sort: [{ field: 'id', direction: 'asc' }],
        page: { offset, length: 1_000 },
      });
      found.push(...page.body.list.map((item: { json: { n: number } }) => item.json.n));
      if (page.body.list.length < 1_000) break;
    }
    expect(found.toSorted((a, b) => a - b)).toEqual(acknowledged.toSorted((a, b) => a - b));
    const log = await callServer(url, 'GET', '/signalbox/v1/audit/export', { token });
    const verdict = await verifyExport(Readable.from(log.text.split('\n')));
    expect(verdict).toMatchObject({ findings: [], fromTheBeginning: true });
    // It said so while it was away, and came back by itself.
    expect([...states].toSorted()).toEqual([200, 503]);
  }, 120_000);
});
