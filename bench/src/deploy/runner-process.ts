import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ControlRoom } from '../control-room.ts';
import type { Bench } from '../measurement.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'apps', 'runner', 'src', 'main.ts');
const STARTS_WITHIN_MS = 30_000;

/** A bot whose first line says something. */
const BOT = {
  nodes: [
    {
      uid: '1',
      packageName: 'MessageBox',
      commandName: 'messageBox',
      attributes: [
        { name: 'title', value: { type: 'STRING', string: 'Bench' } },
        { name: 'content', value: { type: 'STRING', string: 'The first line.' } },
      ],
    },
  ],
  variables: [],
  packages: [],
};

/** The real runner in a process of its own, as the administrator's default device, and a bot to deploy. */
export async function startRunner(bench: Bench, room: ControlRoom): Promise<{ fileId: string; stop(): Promise<void> }> {
  const { token } = await room.api<{ token: string }>('POST', '/signalbox/v1/runner-tokens');
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      SIGNALBOX_URL: room.server.url,
      SIGNALBOX_RUNNER_TOKEN: token,
      SIGNALBOX_RUNNER_DIR: join(bench.folder, 'deploy-runner'),
      SIGNALBOX_RUNNER_CAPACITY: '1',
      SIGNALBOX_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const deviceId = await connected(room);
  await room.api('POST', '/v1/devices/runasusers/default', { userId: 1, deviceId });
  const file = await room.api<{ id: string }>('POST', '/v2/repository/files', {
    name: 'First line',
    contentType: 'application/vnd.aa.taskbot',
    parentFolderId: '2',
  });
  await room.api('PUT', `/v2/repository/files/${file.id}/content`, BOT);
  return {
    fileId: file.id,
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** The device that is not one of the measurement's own. */
async function connected(room: ControlRoom): Promise<string> {
  const deadline = Date.now() + STARTS_WITHIN_MS;
  while (Date.now() < deadline) {
    const { list } = await room.api<{ list: { id: string; hostName: string; status: string }[] }>(
      'POST',
      '/v2/devices/list',
      {},
    );
    const found = list.find(({ hostName, status }) => !hostName.startsWith('bench-') && status === 'CONNECTED');
    if (found) return found.id;
    await pause(50);
  }
  throw new Error('The runner did not connect.');
}
