import { setTimeout as pause } from 'node:timers/promises';
import type { ControlRoom } from '../control-room.ts';
import type { RunnerProcess } from '../runner-process.ts';

export interface Killer {
  /** Answers how many have been killed. */
  stop(): Promise<number>;
}

/** Kills a runner every so many seconds, in turn, and starts it again at once. */
export function killInTurn(room: ControlRoom, runners: readonly RunnerProcess[], seconds: number): Killer {
  const stopping = new AbortController();
  let kills = 0;
  async function kill(): Promise<void> {
    for (;;) {
      await pause(seconds * 1_000, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      const runner = runners[kills % runners.length];
      // Three runs in a row that are lost with a device set it apart for minutes; somebody says that it is not to blame.
      await room.api('POST', `/v2/devices/${runner?.deviceId}/resume`);
      await runner?.killAndStart();
      kills++;
    }
  }
  const killing = kill();
  return {
    stop: async () => {
      stopping.abort();
      await killing;
      return kills;
    },
  };
}
