import { BotError, type Host, type RunFacts } from '../declaration.ts';
import { DEFAULT_SIZE_LIMITS, type SizeLimits } from '../size-limits.ts';
import { Store } from '../store.ts';
import type { BotSession } from '../value.ts';
import type { WorkItem } from '../work-item.ts';
import type { Frame } from './frame.ts';
import { Interruption } from './interruption.ts';
import type { Controlled, Progress, RunControl } from './run-control.ts';
import { OpenSessions } from './sessions.ts';

/** `steps`: how many nodes may run. `deadline`: milliseconds since 1970 at which the run's time is up. */
export interface Limits {
  readonly steps?: number;
  readonly deadline?: number;
  /** How deep bots may call bots; 64 when not given. */
  readonly depth?: number;
  /** How long one text may grow; 50,000,000 characters when not given. */
  readonly textLength?: number;
  /** How many items a list, a dictionary or a table may have; 5,000,000 when not given. */
  readonly itemCount?: number;
}

/** The house around a run: a Host without what the run makes itself (sessions, store, limits, and a signal that also hears stop). */
export type RunHost = Omit<Host, 'sessions' | 'signal' | 'store' | 'limits' | 'workItem'> & {
  readonly signal?: AbortSignal;
};

/** The clock is asked once in so many nodes: asking it costs as much as a node. */
const NODES_BETWEEN_CHECKS = 1_000;
/** How long a bot may keep the event loop from other messages, such as the one that stops it. */
const LONGEST_STRETCH_MS = 20;
const DEFAULT_DEPTH = 64;
const FEW_SESSIONS = 64;
/** Beyond this setTimeout fires at once; such a deadline is seen by the check between nodes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One run of a bot with all its sub-bots: counts, limits, stop and pause. */
export class Run implements Controlled {
  /** Nodes begun so far. The hot path counts up and compares with `checkAt`, nothing more. */
  steps = 0;
  /** The count at which the next node calls `checkpoint`; 0 asks for it at once. */
  checkAt = 0;
  /** The frame whose node runs now. */
  current: Frame | undefined;
  readonly host: RunHost;
  readonly control: RunControl | undefined;
  readonly workItem: WorkItem | undefined;
  readonly depth: number;
  readonly sizes: SizeLimits;
  readonly store = new Store();
  /** The GLOBAL sessions: those of all the run's bots. */
  readonly globalSessions = new OpenSessions();
  /** What the hosts of all bots of the run have in common: made once, a bot that calls bots makes a host for each call. */
  readonly common: Omit<Host, 'run' | 'sessions' | 'signal'>;
  readonly #facts = new Map<string, RunFacts>();
  readonly #sessions = new Set<BotSession>();
  #sweepAt = FEW_SESSIONS;
  /** Made when somebody asks for the signal: most bots are done before anything waits. */
  #abort: AbortController | undefined;
  readonly #maxSteps: number;
  readonly #deadline: number;
  #timer: NodeJS.Timeout | undefined;
  readonly #outside: (() => void) | undefined;
  #interruption: Interruption | undefined;
  #stretchBegan = performance.now();
  #wake: (() => void) | undefined;
  #interruptAwait: ((reason: Interruption) => void) | undefined;

  constructor(host: RunHost, limits: Limits, control: RunControl | undefined, workItem: WorkItem | undefined) {
    this.host = host;
    this.control = control;
    this.workItem = workItem;
    this.depth = limits.depth ?? DEFAULT_DEPTH;
    this.sizes = {
      textLength: limits.textLength ?? DEFAULT_SIZE_LIMITS.textLength,
      itemCount: limits.itemCount ?? DEFAULT_SIZE_LIMITS.itemCount,
    };
    this.#maxSteps = limits.steps ?? Number.POSITIVE_INFINITY;
    this.#deadline = limits.deadline ?? Number.POSITIVE_INFINITY;
    if (host.signal !== undefined) {
      const { signal } = host;
      this.#outside = () => this.attend();
      signal.addEventListener('abort', this.#outside);
    }
    this.common = this.#commonOf(host);
    control?.attach(this);
    this.attend();
  }

  /** The facts as a sub-bot sees them: its own name and path. */
  factsOf(botPath: string): RunFacts {
    let facts = this.#facts.get(botPath);
    if (facts === undefined) {
      facts = { ...this.host.run, botPath, botName: botPath.split('/').at(-1) ?? '' };
      this.#facts.set(botPath, facts);
    }
    return facts;
  }

  /** Methods are handed on, for a host may be of a class. */
  #commonOf(host: RunHost): Run['common'] {
    return {
      log: (level, text) => host.log(level, text),
      store: this.store,
      limits: this.sizes,
      now: () => host.now(),
      globalValue: (name) => host.globalValue?.(name),
      ...(this.workItem === undefined ? {} : { workItem: this.workItem }),
      ...(host.credential === undefined ? {} : { credential: host.credential.bind(host) }),
      ...(host.outgoing === undefined ? {} : { outgoing: host.outgoing }),
    };
  }

  /** Aborted when the run is stopped or its time is up. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#interruption !== undefined) this.#abort.abort(this.#interruption);
    }
    return this.#abort.signal;
  }

  get interruption(): Interruption | undefined {
    return this.#interruption;
  }

  progress(): Progress {
    return { botPath: this.current?.botPath ?? '', line: this.current?.line ?? 0, steps: this.steps };
  }

  attend(): void {
    this.checkAt = 0;
    this.#findInterruption();
    if (this.#interruption !== undefined) this.#interruptAwait?.(this.#interruption);
    if (this.#interruption !== undefined || this.control?.paused !== true) this.#wake?.();
  }

  /**
   * Called by the node that finds `steps >= checkAt`. Throws the Interruption when the run must end; returns a promise
   * when it must wait (paused) or let others have the event loop.
   */
  checkpoint(): Promise<void> | undefined {
    this.#findInterruption();
    if (this.#interruption !== undefined) throw this.#interruption;
    this.checkAt = Math.min(this.steps + NODES_BETWEEN_CHECKS, this.#maxSteps + 1);
    if (this.control?.paused === true) return this.#whilePaused();
    if (performance.now() - this.#stretchBegan < LONGEST_STRETCH_MS) return undefined;
    return this.#letOthers();
  }

  /** Waits for an action, but not beyond the end of the run: what does not listen to the signal is left behind. */
  await<T>(promise: PromiseLike<T>): Promise<T> {
    this.#watchDeadline();
    return new Promise<T>((resolve, reject) => {
      if (this.#interruption !== undefined) reject(this.#interruption);
      this.#interruptAwait = reject;
      promise.then(resolve, reject);
    }).finally(() => {
      this.#interruptAwait = undefined;
      this.#stretchBegan = performance.now();
    });
  }

  /** Holds the run until someone resumes it: TaskBot.pauseTask. */
  pauseHere(): Promise<void> {
    if (this.control === undefined) throw new BotError('The bot pauses itself, but nobody can resume this run');
    this.control.pause();
    return this.#whilePaused();
  }

  /** Remembers a session that an action gave back, so that it is closed when the run ends. */
  keep(session: BotSession): void {
    this.#sessions.add(session);
    if (this.#sessions.size < this.#sweepAt) return;
    // A bot that opens and closes a session for each of 100,000 files must not hold them all.
    for (const one of this.#sessions) if (one.closed) this.#sessions.delete(one);
    this.#sweepAt = Math.max(FEW_SESSIONS, this.#sessions.size * 2);
  }

  get sessions(): Iterable<BotSession> {
    return this.#sessions;
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#outside !== undefined) this.host.signal?.removeEventListener('abort', this.#outside);
  }

  /** The fault a handler of the bot may see; throws on when the run is being ended, whatever the action made of that. */
  faultFrom(error: unknown, frame: Frame): BotError {
    if (error instanceof Interruption) throw error;
    if (this.#interruption !== undefined) throw this.#interruption;
    const fault = error instanceof BotError ? error : asBotError(error);
    fault.line ??= frame.line;
    fault.botPath ??= frame.botPath;
    return fault;
  }

  #findInterruption(): void {
    if (this.#interruption !== undefined) return;
    const reason = this.control?.stopReason ?? (this.host.signal?.aborted ? 'The run was stopped' : undefined);
    if (reason !== undefined) this.#interruption = new Interruption('stopped', reason);
    else if (this.steps > this.#maxSteps) {
      this.#interruption = new Interruption('steps', `The run used up its ${this.#maxSteps} steps`);
    } else if (Date.now() >= this.#deadline) {
      this.#interruption = new Interruption('deadline', 'The time of the run is up');
    }
    if (this.#interruption !== undefined) this.#abort?.abort(this.#interruption);
  }

  /** Only for a run that waits: between nodes the deadline is looked at anyway, and a timer costs as much as ten nodes. */
  #watchDeadline(): void {
    if (this.#timer !== undefined) return;
    const left = this.#deadline - Date.now();
    if (left <= LONGEST_TIMER_MS) this.#timer = setTimeout(() => this.attend(), Math.max(0, left) + 1);
  }

  async #whilePaused(): Promise<void> {
    this.#watchDeadline();
    this.control?.tellHold(true);
    while (this.control?.paused === true && this.#interruption === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
    this.#stretchBegan = performance.now();
    if (this.#interruption !== undefined) throw this.#interruption;
    this.control?.tellHold(false);
  }

  async #letOthers(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#stretchBegan = performance.now();
    const wait = this.checkpoint();
    if (wait !== undefined) await wait;
  }
}

/** What JavaScript itself refuses is told in the bot's terms. */
function asBotError(error: unknown): BotError {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof RangeError)) return new BotError(message, { cause: error });
  if (/call stack/i.test(message)) {
    return new BotError('The bot nests too deep: bots that call bots, lines inside lines, or values inside values', {
      cause: error,
    });
  }
  const isTooLong = /string length/i.test(message);
  return new BotError(isTooLong ? 'A text grew longer than any text can be. Work on it in parts' : message, {
    cause: error,
  });
}
