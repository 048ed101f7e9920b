import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WORKSPACE_PERMISSIONS } from '../../../apps/control-room/src/domain/workspaces/index.ts';
import { zipCountingRobot } from '../support/counting-robot.ts';
import { type KillableRunner, startKillableRunner } from '../support/killable-runner.ts';
import { type KillableServer, startKillableServer } from '../support/killable-server.ts';
import { until } from '../support/processes.ts';

/**
 * A process of three steps on runners that are killed all the time, then the server, then the database. FAULT_ROUNDS makes
 * it longer (npm run test:faults).
 */
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1);
const ITEMS = 120 * ROUNDS;
const RUNNERS = 2;

let folder: string;
let server: KillableServer;
const runners: KillableRunner[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-process-faults-'));
  server = await startKillableServer(folder);
});
afterAll(async () => {
  await Promise.all(runners.map((runner) => runner.kill()));
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('while a process of three steps runs', () => {
  it('runners, the server and the database may be killed: each item ends once, and the outputs are complete', async () => {
    const [workspace] = (await server.insist('GET', '/signalbox/v1/workspaces')).list;
    const own = `/signalbox/v1/workspaces/${workspace.id}`;
    const { key } = await server.insist('POST', `${own}/keys`, { name: 'k', permissions: WORKSPACE_PERMISSIONS });
    const authorization = `RC-WSKEY ${key}`;
    const api = (method: string, path: string, body?: unknown) =>
      server.insist(method, `/api/v1/workspaces/${workspace.id}${path}`, body, { authorization });
    const { id: taskPackageId } = await api('POST', '/task-packages', { name: 'counting', type: 'zip' });
    const upload = await api('GET', `/task-packages/${taskPackageId}/upload`);
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(await zipCountingRobot())]), 'robot.zip');
    await fetch(upload.url, { method: 'POST', body: form });
    const process = await server.insist('POST', `${own}/processes`, {
      name: 'three steps',
      steps: ['a', 'b', 'c'].map((STEP) => ({
        name: STEP,
        taskPackageId,
        environment: { STEP, PAUSE: '20' },
        maxParallel: 3,
      })),
    });
    for (let number = 0; number < RUNNERS; number++) {
      runners.push(await startKillableRunner(server, folder, { name: `runner-${number}`, capacity: 2 }));
    }
    const { id: runId } = await api('POST', `/processes/${process.id}/process-runs`, {
      type: 'with_payloads',
      payloads: Array.from({ length: ITEMS }, (_, n) => ({ n })),
    });
    const ended = async (): Promise<number> => {
      const [row] = await server.query<{ count: number }>(
        `select count(*)::int as count from signalbox.work_item w join signalbox.queue q on q.id = w.queue_id
          where w.process_run_id = $1 and w.status = 'COMPLETED' and q.process_role = 'STEP'`,
        [runId],
      );
      return row?.count ?? 0;
    };

    const all = ITEMS * 3;
    for (let round = 0; round < ROUNDS; round++) {
      const share = (part: number): Promise<void> =>
        until(`${part} of round ${round} is done`, async () => (await ended()) >= (all * (round + part)) / ROUNDS, 120);
      for (const [part, number] of [
        [0.05, 0],
        [0.2, 1],
        [0.35, 0],
      ] as const) {
        await share(part);
        await runners[number]?.kill();
        runners[number]?.start();
      }
      await share(0.5);
      await server.kill();
      await server.start();
      await share(0.65);
      await server.killDatabase();
      await share(0.8);
      await runners[1]?.kill();
      runners[1]?.start();
    }
    await until(
      'the run has ended',
      async () => /completed|unresolved/.test((await api('GET', `/process-runs/${runId}`)).state),
      180,
    );

    expect((await api('GET', `/process-runs/${runId}`)).state).toBe('completed');
    const outputs: { payload: { n: number; path: string } }[] = [];
    for (let next: string | null = `/process-runs/${runId}/outputs?limit=500`; next !== null; ) {
      const page = await api('GET', next.replace(/^.*\/workspaces\/[^/]+/, ''));
      outputs.push(...page.data);
      next = page.next;
    }
    expect(outputs.map(({ payload }) => payload.n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: ITEMS }, (_, n) => n),
    );
    expect(new Set(outputs.map(({ payload }) => payload.path))).toEqual(new Set(['abc']));
    expect(await endsInTheRecord()).toEqual({ ends: all, items: all });
  }, 420_000);
});

/** Every end of an item as the audit log has it: as many as there are items, each once. */
async function endsInTheRecord(): Promise<{ ends: number; items: number }> {
  const [row] = await server.query<{ ends: number; items: number }>(
    `select count(*)::int as ends, count(distinct item)::int as items
     from signalbox.audit_entry a, jsonb_array_elements(a.details -> 'COMPLETED') as item where a.action = 'workItem.finish'`,
  );
  return row ?? { ends: 0, items: 0 };
}
