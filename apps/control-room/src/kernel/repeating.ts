import type { Logger } from './log.ts';

/** Even when nothing is due, somebody looks this often: a backstop, not the way things get done. */
const AT_LEAST_EVERY_SECONDS = 15;
const AT_MOST_EVERY_SECONDS = 0.25;

/** Something that is done again and again. */
export interface Repeating {
  /** The next time comes in so many seconds, or sooner. */
  soon(seconds?: number): void;
  /** Resolves when what is under way is over; nothing begins after that. */
  stop(): Promise<void>;
}

/**
 * Does something at once and then whenever it is due, each in a row of its own, so that one that takes long or fails keeps no
 * other from its work.
 *
 * @param work answers in how many seconds the next thing is due; undefined when nothing is known to be
 * @param every the longest between two, in seconds
 */
export function repeat(
  name: string,
  log: Logger,
  work: () => Promise<number | undefined>,
  every = AT_LEAST_EVERY_SECONDS,
): Repeating {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  function begin(): void {
    if (underWay) {
      again = true;
      return;
    }
    underWay = once().finally(() => {
      underWay = undefined;
      if (again) soon();
    });
  }

  async function once(): Promise<void> {
    again = false;
    try {
      wait((await work()) ?? every);
    } catch (cause) {
      log.warn({ err: cause, duty: name }, 'A duty failed; it is tried again.');
      wait(Math.min(every, 1));
    }
  }

  function wait(seconds: number): void {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(begin, Math.max(AT_MOST_EVERY_SECONDS, Math.min(seconds, every)) * 1000);
  }

  const soon = (seconds = 0): void => wait(seconds);

  soon();
  return {
    soon,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
