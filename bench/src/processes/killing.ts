import { setTimeout as pause } from 'node:timers/promises';
import type { RunnerProcess } from '../runner-process.ts';

/** Kills a runner every so many seconds, in turn, and starts it again at once. */
export function killInTurn(
  runners: readonly RunnerProcess[],
  seconds: number,
): {
  /** Answers how many have been killed. */
  stop(): Promise<number>;
} {
  const stopping = new AbortController();
  let kills = 0;
  async function kill(): Promise<void> {
    for (;;) {
      await pause(seconds * 1_000, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      await runners[kills % runners.length]?.killAndStart();
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
