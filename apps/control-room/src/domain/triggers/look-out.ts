import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Happenings } from './happenings.ts';
import type { QueueDepths } from './queue-depth.ts';

/** Somebody looks this often even when nothing wakes him: a backstop, not the way things get done. */
const AT_LEAST_EVERY_SECONDS = 30;
/** Items come by the thousand; a queue is counted no oftener than this. */
const BETWEEN_LOOKS_MS = 100;

/** Has triggers looked at when something happened. Several servers share the work; each happening has one of them. */
export function createLookOut({ wakeUps, log }: Kernel, happenings: Happenings, queueDepths: QueueDepths) {
  const queues = new Set<number>();
  let allQueues = true;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let stopped = false;

  function lookIn(seconds: number): void {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(lookAtAll, Math.min(seconds, AT_LEAST_EVERY_SECONDS) * 1000);
  }

  function lookAtAll(): void {
    allQueues = true;
    look();
  }

  /**
   * One look at a time; whoever asks during one gets another after it. Bound to the server's own context: who wakes it may
   * be in the middle of a request, whose transaction and origin are not those of what is deployed.
   */
  const look = AsyncLocalStorage.bind((): void => {
    if (stopped) return;
    lookAgain = true;
    looking ??= lookUntilDone().finally(() => {
      looking = undefined;
      if (lookAgain && !stopped) look();
    });
  });

  async function lookUntilDone(): Promise<void> {
    while (lookAgain && !stopped) {
      lookAgain = false;
      const changed = allQueues ? undefined : [...queues];
      allQueues = false;
      queues.clear();
      try {
        while (!stopped && (await happenings.takeOne())) {}
        const again = changed?.length === 0 ? undefined : await queueDepths.lookAt(changed);
        if (changed === undefined) lookIn(again ?? AT_LEAST_EVERY_SECONDS);
      } catch (cause) {
        log.warn({ err: cause }, 'The triggers could not be looked at; the next look comes.');
        lookIn(2);
      }
    }
  }

  return {
    start(): void {
      wakeUps.on('happening', look);
      wakeUps.on('triggers', lookAtAll);
      wakeUps.on('clock', lookAtAll);
      wakeUps.on('queue', (id) => {
        queues.add(Number(id));
        soon ??= setTimeout(() => {
          soon = undefined;
          look();
        }, BETWEEN_LOOKS_MS);
      });
      wakeUps.onGap(() => lookIn(1));
      look();
    },
    /** What is begun is finished. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(soon);
      await looking;
    },
  };
}
