import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callServer } from '../../apps/control-room/test-support/server.ts';
import { freePort, type Program, startProgram, until } from './support/processes.ts';

/** The first thing a newcomer sees: `npm start` works off 10,000 real reports. */
let folder: string;
let url: string;
let env: Record<string, string>;
let signalbox: Program;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-sample-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = { PORT: String(port), SIGNALBOX_DATA_DIR: join(folder, 'data') };
});
afterAll(async () => {
  await signalbox?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(...args: string[]): Promise<void> {
  signalbox = startProgram('scripts/start.ts', env, args);
  await until('it says where to look', async () => signalbox.output().includes('Where to look'), 120).catch((cause) => {
    throw new Error(`${cause.message}\n${signalbox.output()}`);
  });
}

async function logIn(): Promise<string> {
  const password = (await readFile(join(folder, 'data', 'admin-password'), 'utf8')).trim();
  return (await callServer(url, 'POST', '/v2/authentication', { body: { username: 'admin', password } })).body.token;
}

describe('npm start', () => {
  it('may be stopped in the middle: nothing is left running, and no fault is shown', async () => {
    signalbox = startProgram('scripts/start.ts', env);
    const filed = join(folder, 'data', 'sample-output', 'reports.csv');
    await until('some reports are filed', async () => (await readFile(filed, 'utf8')).length > 10_000, 120);
    await signalbox.stop();
    expect(signalbox.output()).not.toMatch(/could not|error|ECONN/i);
    expect(signalbox.child.exitCode).toBe(0);
    await expect(readFile(join(folder, 'data', 'postgres', 'cluster', 'postmaster.pid'))).rejects.toThrow('ENOENT');
  }, 180_000);

  it('goes on where it was, ends all 10,000 reports for a reason, and files each completed one exactly once', async () => {
    await start();
    const token = await logIn();
    const { list: queues } = (await callServer(url, 'POST', '/v3/wlm/queues/list', { token })).body;
    const queue = queues.find(({ name }: { name: string }) => name === 'Bird strikes');
    const items: { id: number; status: string; error: string; result: string }[] = [];
    for (const offset of [0, 5_000]) {
      const answer = await callServer(url, 'POST', `/v3/wlm/queues/${queue.id}/workitems/list`, {
        token,
        body: {
          page: { offset, length: 5_000 },
          sort: [{ field: 'id', direction: 'asc' }],
          fields: ['id', 'status', 'error', 'result'],
        },
      });
      items.push(...answer.body.list);
    }
    expect(items).toHaveLength(10_000);
    const [completed, others] = [
      items.filter(({ status }) => status === 'COMPLETED'),
      items.filter(({ status }) => status !== 'COMPLETED'),
    ];
    expect(
      others.every(
        ({ status, error }) => status === 'FAILED' && /which is no word of the form. Noticed at line \d+./.test(error),
      ),
    ).toBe(true);
    expect(completed.length + others.length).toBe(10_000);
    expect(others).toHaveLength(15);

    expect(signalbox.output()).toMatch(/Invoices, a process of two robots: 2 orders posted, 2 failed|need python3/);

    const lines = (await readFile(join(folder, 'data', 'sample-output', 'reports.csv'), 'utf8')).trim().split(/\r?\n/);
    const filed = lines.map((line) => Number(/^"(\d+)",/.exec(line)?.[1])).sort((a, b) => a - b);
    expect(filed).toEqual(completed.map(({ id }) => id));
  }, 180_000);

  it('stops cleanly, and a later start goes on where it was', async () => {
    await signalbox.stop();
    expect(signalbox.child.exitCode).toBe(0);
    await start();
    expect(signalbox.output()).toContain('9985 done, 15 failed');
    expect(signalbox.output()).not.toContain('Setting up');
    await signalbox.stop();
  }, 60_000);

  it('says in one line which setting is bad', async () => {
    const wrong = startProgram('scripts/start.ts', { ...env, PORT: 'eighty', SIGNALBOX_PASSWORD_POLICY: 'none' });
    await until('it has ended', async () => wrong.child.exitCode !== null);
    expect(wrong.child.exitCode).toBe(1);
    expect(wrong.output().trim().split('\n')[0]).toMatch(/PORT.*SIGNALBOX_PASSWORD_POLICY/);
  });
});
