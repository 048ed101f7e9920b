import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyExport } from '@signalbox/audit-trail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KillableServer, startKillableServer } from './support/killable-server.ts';
import { until } from './support/processes.ts';
import { findSystemPostgres, type ReplicatedPostgres, startReplicatedPostgres } from './support/standby.ts';

/**
 * The database fails over to its standby while clients write. Under synchronous replication nothing that was acknowledged
 * is lost, and the server goes on without being started anew.
 */
const system = await findSystemPostgres();
if (system === undefined) console.info('Skipped: no PostgreSQL 15 or later of Debian’s packages is here to fail over.');

describe.skipIf(system === undefined)('a database with a synchronous standby', () => {
  let database: ReplicatedPostgres;
  let server: KillableServer;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-failover-'));
    database = await startReplicatedPostgres(system ?? '');
    server = await startKillableServer(folder, { DATABASE_URL: database.url, SIGNALBOX_LOG_LEVEL: 'fatal' });
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await database?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('fails over while items come in: all that was acknowledged is there, once, and the log of it holds', async () => {
    const model = await server.insist('POST', '/v4/wlm/workitemmodels', {
      name: 'm',
      attributes: [{ name: 'n', type: 'NUMBER' }],
    });
    const queue = await server.insist('POST', '/v4/wlm/queues', { name: 'q', workItemModelId: model.id });
    const acknowledged: number[] = [];
    const states = new Set<number>();
    let next = 0;
    let stop = false;
    const writer = async (): Promise<void> => {
      while (!stop) {
        const n = next++;
        await server.insist('POST', `/v4/wlm/queues/${queue.id}/workitems`, { workItems: [{ json: { n } }] });
        acknowledged.push(n);
      }
    };
    const watcher = async (): Promise<void> => {
      while (!stop) {
        states.add(await fetch(`${server.url}/health/ready`).then(({ status }) => status));
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
      const page = await server.insist('POST', `/v3/wlm/queues/${queue.id}/workitems/list`, {
        sort: [{ field: 'id', direction: 'asc' }],
        page: { offset, length: 1_000 },
      });
      found.push(...page.list.map((item: { json: { n: number } }) => item.json.n));
      if (page.list.length < 1_000) break;
    }
    expect(found.toSorted((a, b) => a - b)).toEqual(acknowledged.toSorted((a, b) => a - b));
    const log = await server.call('GET', '/signalbox/v1/audit/export');
    const verdict = await verifyExport(Readable.from(log.text.split('\n')));
    expect(verdict).toMatchObject({ findings: [], fromTheBeginning: true });
    // It said so while it was away, and came back by itself.
    expect([...states].toSorted()).toEqual([200, 503]);
  }, 120_000);
});
