import type { Logger } from './log.ts';

/** In this order; handlers of one phase run side by side, and the next phase waits for them. */
export const SHUTDOWN_PHASES = ['stop accepting', 'drain', 'hand back leases', 'close'] as const;
export type ShutdownPhase = (typeof SHUTDOWN_PHASES)[number];

export interface Shutdown {
  /**
   * Has `handler` run in this phase. It gets a signal that fires when its time is up (10 seconds unless said
   * otherwise); after that nobody waits for it any more. In one phase the last registered begins first, as what
   * was built last leans on what was built before. Returns a function that takes the handler off again.
   */
  onShutdown(
    phase: ShutdownPhase,
    name: string,
    handler: (timeUp: AbortSignal) => unknown,
    options?: { timeLimitMs?: number },
  ): () => void;
  /** Runs the phases, once: a second call waits for the first. Never rejects; tells whether all handlers succeeded. */
  run(reason: string): Promise<boolean>;
  /** Fires when the shutdown begins: whatever waits in a loop can stop waiting. */
  readonly begun: AbortSignal;
  /** SIGINT and SIGTERM begin the shutdown and end the process after it; a second one ends it at once. */
  listenForSignals(process: SignalSource): () => void;
}

/** The part of `process` that is needed; tests hand in their own. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

interface Handler {
  readonly phase: ShutdownPhase;
  readonly name: string;
  readonly run: (timeUp: AbortSignal) => unknown;
  readonly timeLimitMs: number;
}

const TIME_LIMIT_MS = 10_000;

/** A shutdown in phases: nothing new is let in, what runs is finished, the rest is given back, then things close. */
export function createShutdown(log: Logger): Shutdown {
  const handlers = new Set<Handler>();
  const begun = new AbortController();
  let running: Promise<boolean> | undefined;

  const runPhases = async (reason: string): Promise<boolean> => {
    log.info({ reason }, 'shutting down');
    begun.abort();
    let clean = true;
    for (const phase of SHUTDOWN_PHASES) {
      // Read when its turn comes: an earlier phase may have added to a later one.
      const due = [...handlers].filter((handler) => handler.phase === phase).reverse();
      const outcomes = await Promise.all(due.map((handler) => runHandler(handler, log)));
      clean &&= outcomes.every(Boolean);
    }
    log.info({ clean }, 'shut down');
    return clean;
  };

  const run = (reason: string): Promise<boolean> => {
    running ??= runPhases(reason);
    return running;
  };

  return {
    begun: begun.signal,
    run,
    onShutdown: (phase, name, handler, options = {}) => {
      const entry = { phase, name, run: handler, timeLimitMs: options.timeLimitMs ?? TIME_LIMIT_MS };
      handlers.add(entry);
      return () => void handlers.delete(entry);
    },
    listenForSignals: (process) => {
      let signalled = false;
      const listener = (signal: NodeJS.Signals) => {
        if (signalled) {
          log.warn({ signal }, 'told twice to stop: leaving at once');
          process.exit(1);
          return;
        }
        signalled = true;
        void run(signal).then((clean) => process.exit(clean ? 0 : 1));
      };
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
  };
}

/** Whether the handler came to its end in its time. What it throws is logged and stops nobody else. */
async function runHandler({ phase, name, run, timeLimitMs }: Handler, log: Logger): Promise<boolean> {
  const timeUp = new AbortController();
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => {
    timeUp.abort();
    late.resolve('late');
  }, timeLimitMs);
  try {
    // In a function, so that a handler that throws at once is treated like one that rejects.
    const outcome = await Promise.race([(async () => run(timeUp.signal))(), late.promise]);
    if (outcome !== 'late') return true;
    log.error({ phase, handler: name, timeLimitMs }, 'a part of the shutdown took too long and was left behind');
  } catch (err) {
    log.error({ phase, handler: name, err }, 'a part of the shutdown failed');
  } finally {
    clearTimeout(timer);
  }
  return false;
}
