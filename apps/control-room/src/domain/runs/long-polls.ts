import type { WakeUps } from '../../kernel/wake-ups.ts';
import { DEVICE_RUNS, POOL_RUNS, STEP_RUNS } from './dispatch-topics.ts';

/** One runner that waits for work. */
interface Waiting {
  readonly deviceId: number;
  readonly poolId: number | undefined;
  readonly wantsItems: boolean;
  readonly wantsRuns: boolean;
  readonly wake: () => void;
}

export type Wanted = Omit<Waiting, 'wake'>;

/**
 * The runners that wait, and who of them is woken by what: a run for one device wakes that device, one for a pool the
 * devices of that pool. Items wake all that want some, for who serves a queue is looked up when they ask.
 */
export function createLongPolls(wakeUps: WakeUps) {
  const waiting = new Set<Waiting>();
  let released = false;
  const wake = (which: (one: Waiting) => boolean): void => {
    for (const one of waiting) if (which(one)) one.wake();
  };
  const everybody = (): void => wake(() => true);
  wakeUps.on('queue', () => wake(({ wantsItems }) => wantsItems));
  wakeUps.on(DEVICE_RUNS, (id) => wake(({ deviceId, wantsRuns }) => wantsRuns && deviceId === Number(id)));
  wakeUps.on(POOL_RUNS, (id) => wake(({ poolId, wantsRuns }) => wantsRuns && poolId === Number(id)));
  wakeUps.on(STEP_RUNS, () => wake(({ wantsRuns }) => wantsRuns));
  for (const topic of ['fleet-changed', 'repository-changed', 'identity-changed', 'clock'])
    wakeUps.on(topic, everybody);
  wakeUps.onGap(everybody);

  return {
    /** Ends all waits, those to come too: the server is about to stop. */
    release: (): void => {
      released = true;
      everybody();
    },
    released: (): boolean => released,

    /** Listens from now on; `over` resolves at the first wake-up, after `milliseconds`, or when the caller hangs up. */
    listen(wanted: Wanted, milliseconds: number, signal: AbortSignal): { over: Promise<void>; stop: () => void } {
      const { promise, resolve } = Promise.withResolvers<void>();
      const one: Waiting = { ...wanted, wake: resolve };
      const timer = setTimeout(resolve, milliseconds);
      waiting.add(one);
      signal.addEventListener('abort', one.wake, { once: true });
      return {
        over: promise,
        stop: () => {
          clearTimeout(timer);
          waiting.delete(one);
          signal.removeEventListener('abort', one.wake);
        },
      };
    },
  };
}

export type LongPolls = ReturnType<typeof createLongPolls>;
