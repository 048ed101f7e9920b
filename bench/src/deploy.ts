import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ControlRoom, openControlRoom } from './control-room.ts';
import { uploadFirstLineBot } from './deploy/first-line-bot.ts';
import type { Measurement } from './measurement.ts';
import { startRunner } from './runner-process.ts';
import { percentile } from './statistics.ts';

const AIM_MS = 150;

/** How long an idle runner takes to get to the first line of a bot that was deployed this moment. */
export const deploy: Measurement = {
  name: 'deploy',
  run: async (bench) => {
    const rounds = bench.quick ? 10 : 60;
    const room = await openControlRoom(bench, { name: 'deploy', runners: 1 });
    // As the administrator's default device.
    const runner = await startRunner(bench, room, { name: 'deploy-runner', capacity: 1 });
    await room.api('POST', '/v1/devices/runasusers/default', { userId: 1, deviceId: runner.deviceId });
    const fileId = await uploadFirstLineBot(room);
    const toFirstLine: number[] = [];
    const toAnswer: number[] = [];
    // The first few fetch and compile the bot.
    for (let round = -3; round < rounds; round++) {
      const { answer, firstLine } = await deployOnce(room, fileId);
      if (round >= 0) {
        toAnswer.push(answer);
        toFirstLine.push(firstLine);
      }
    }
    await runner.stop();
    await room.close();
    const script = join(bench.folder, 'first-line.mjs');
    await writeFile(script, 'process.send(Date.now());');
    const forks: number[] = [];
    for (let round = -3; round < rounds; round++) {
      const began = Date.now();
      const child = fork(script);
      const [at] = (await once(child, 'message')) as [number];
      if (round >= 0) forks.push(at - began);
      await once(child, 'exit');
    }
    const row = (name: string, times: readonly number[]) => ({
      name,
      cells: [percentile(times, 0.5).toFixed(1), percentile(times, 0.95).toFixed(1)],
    });
    const p50 = percentile(toFirstLine, 0.5);
    return {
      title: 'From POST /v4/automations/deploy to the first line of the bot, on an idle runner',
      columns: ['p50 ms', 'p95 ms'],
      rows: [
        row('Signalbox: the first line runs', toFirstLine),
        row('Signalbox: the deployment is acknowledged', toAnswer),
        row('child_process.fork: the first line runs', forks),
      ],
      aims: [{ text: `the first line within ${AIM_MS} ms (p50)`, reached: `${p50.toFixed(1)} ms`, met: p50 < AIM_MS }],
    };
  },
};

interface LogPage {
  readonly lines: readonly { readonly occurredOn: string; readonly text: string }[];
}

/** Milliseconds from the moment before the call. The bot process says when its line ran; it is the same machine's clock. */
async function deployOnce(room: ControlRoom, fileId: string): Promise<{ answer: number; firstLine: number }> {
  const began = Date.now();
  const { deploymentId } = await room.api<{ deploymentId: string }>('POST', '/v4/automations/deploy', {
    botId: fileId,
    unattendedRequest: { runAsUserIds: [1], poolIds: [], deviceUsageType: 'RUN_ONLY_ON_DEFAULT_DEVICE' },
  });
  const answer = Date.now() - began;
  for (;;) {
    const { list } = await room.api<{ list: { id: string; status: string }[] }>('POST', '/v3/activity/list', {
      filter: { operator: 'eq', field: 'deploymentId', value: deploymentId },
    });
    const [run] = list;
    if (run?.status === 'COMPLETED') {
      const { lines } = await room.api<LogPage>('GET', `/signalbox/v1/runs/${run.id}/log`);
      const at = Date.parse(lines[0]?.occurredOn ?? '');
      if (Number.isNaN(at)) throw new Error('The bot said nothing.');
      // Idle again: nothing of this run is on its way any more.
      await pause(50);
      return { answer, firstLine: at - began };
    }
    if (run !== undefined && /FAILED|ABORTED|UNKNOWN/.test(run.status))
      throw new Error(`The run ended as ${run.status}.`);
    await pause(10);
  }
}
