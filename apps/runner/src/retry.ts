import { setTimeout as sleep } from 'node:timers/promises';
import { Refused } from './control-room-client.ts';
import type { RunnerLog } from './log.ts';

/** Tries with growing pauses while the server is away; a refusal is final. */
export async function untilItWorks<T>(
  what: string,
  attempt: () => Promise<T>,
  log: RunnerLog,
  signal: AbortSignal,
): Promise<T> {
  for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
    try {
      return await attempt();
    } catch (cause) {
      if (cause instanceof Refused || signal.aborted) throw cause;
      log.warn(
        { what, reason: cause instanceof Error ? cause.message || cause.name : String(cause) },
        'The server cannot be reached; trying again.',
      );
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }
}
