import { setTimeout as sleep } from 'node:timers/promises';
import type { RunnerLog } from './log.ts';
import { untilItWorks } from './retry.ts';

/** What goes out in one report at most, of each kind. */
export const MOST_IN_A_REPORT = 1_000;
/** While the server is away a talkative bot must not fill the memory: then the oldest lines go. */
const MOST_LOG_LINES = 20_000;
/** After a report that the server refused. */
const REFUSED_PAUSE_MS = 5_000;

/** A kind of work of which the server is told. */
export interface Told {
  /** Whether nothing is left to tell. */
  readonly idle: () => boolean;
  /** How long to wait for what may go along. */
  readonly pauseMs: () => number;
  /** Tells all there is. */
  readonly deliverAll: (session: string) => Promise<void>;
}

/** When reports go out: as soon as there is something to tell, one at a time, again until the server has answered. */
export class ReportLoop {
  readonly #told: Told;
  readonly #log: RunnerLog;
  #delivering: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(told: Told, log: RunnerLog) {
    this.#told = told;
    this.#log = log;
  }

  /** There is something to tell. */
  wake(): void {
    this.#wake();
  }

  /** Reports whenever there is something to report, until `signal` is aborted. */
  async run(session: () => string, signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      if (this.#told.idle()) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const pause = this.#told.pauseMs();
      if (pause > 0) await sleep(pause);
      await untilItWorks('report', () => this.deliver(session()), this.#log, signal).catch((cause) => {
        if (signal.aborted) return;
        this.#log.error({ err: cause }, 'The server refused a report; it stays in the outbox.');
        return sleep(REFUSED_PAUSE_MS, undefined, { signal }).catch(() => {});
      });
    }
  }

  /** One report at a time: what the first takes, the second must not count again. */
  deliver(session: string): Promise<void> {
    this.#delivering = this.#delivering.catch(() => {}).then(() => this.#told.deliverAll(session));
    return this.#delivering;
  }
}

/** Room for one more: beyond the limit the older half goes. */
export function keepLines<Line>(lines: Line[]): Line[] {
  return lines.length >= MOST_LOG_LINES ? lines.slice(MOST_LOG_LINES / 2) : lines;
}
