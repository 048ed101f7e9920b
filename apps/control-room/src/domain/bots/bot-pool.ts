import { availableParallelism } from 'node:os';
import type { Problem } from '@signalbox/taskbot';
import { type BotThread, type Call, stopped } from './bot-thread.ts';
import { type BotFiles, SLOTS } from './protocol.ts';

/** A bot that takes less gets all calls that wait in one message, and one thread will do. */
const QUICK_MS = 0.5;
const AHEAD = SLOTS;
/**
 * Calls that waited for so long, or a thread that was silent for so long, need another thread. Shorter, and a busy machine that
 * lets a thread wait for a core looks the same: at 3 ms the pool started threads that nobody needed, which made it busier.
 */
const PATIENCE_MS = 10;
/** For bots that compute; those that wait for somebody else get as many as they may. */
const CORES = availableParallelism();
/** Beyond the first, a thread that nobody needed for this long is given up. */
const IDLE_MS = 10 * 60_000;

export interface PoolOptions {
  /** How many runs there may be at once: a call beyond that is refused. */
  readonly limit: number;
  readonly takeThread: () => Promise<BotThread>;
  readonly onTrouble: (message: string) => void;
}

/**
 * The warm threads of one bot. Calls that arrive in one turn of the event loop cross to a thread in one message, and come
 * back so; measured on 2 cores with 16 callers a message for each call was good for 33,000 a second, in groups 45,000,
 * where a bare Fastify handler had 55,000 to 66,000 (docs/benchmarks.md has the present figures). A call that waits behind a slow
 * one is taken back before it begins and given to another thread: the two sides agree on who has it by one atomic exchange.
 */
export class BotPool {
  readonly #options: PoolOptions;
  readonly #threads = new Set<BotThread>();
  #limit: number;
  #bot: BotFiles;
  #waiting: Call[] = [];
  #inFlight = 0;
  #starting = 0;
  #pumping = false;
  #closed = false;
  #looking: NodeJS.Timeout | undefined;
  /** The threads that rest, the one that worked last at the end: its caches are warm. */
  readonly #idleSince = new Map<BotThread, number>();
  readonly #shrinking: NodeJS.Timeout;

  private constructor(options: PoolOptions, bot: BotFiles) {
    this.#options = options;
    this.#limit = options.limit;
    this.#bot = bot;
    this.#shrinking = setInterval(() => this.#shrink(), IDLE_MS / 10).unref();
  }

  /** Loads, checks and compiles the bot in a thread of its own. With problems there is no pool. */
  static async open(
    options: PoolOptions,
    bot: BotFiles,
  ): Promise<{ readonly pool: BotPool; readonly problems: readonly [] } | { readonly problems: readonly Problem[] }> {
    const thread = await options.takeThread();
    const problems = await thread.load(bot).catch((cause: Error) => [checkFailed(bot, cause)]);
    if (problems.length > 0) {
      void thread.close();
      return { problems };
    }
    const pool = new BotPool(options, bot);
    pool.#adopt(thread);
    return { pool, problems: [] };
  }

  get hash(): string {
    return this.#bot.hash;
  }

  get threads(): number {
    return this.#threads.size;
  }

  set limit(limit: number) {
    this.#limit = limit;
  }

  /** False when as many run as may; the caller says so to whoever asked. */
  submit(call: Call): boolean {
    if (this.#inFlight >= this.#limit || this.#closed) return false;
    this.#inFlight++;
    const { settle } = call;
    // Counted here, so that a thread need not know of the pool.
    this.#waiting.push({
      ...call,
      settle: (outcome) => {
        this.#inFlight--;
        settle(outcome);
      },
    });
    this.#schedule();
    return true;
  }

  /** Whoever waited for this run has gone. */
  stop(runId: string, reason: string): void {
    const at = this.#waiting.findIndex((call) => call.runId === runId);
    if (at >= 0) {
      this.#waiting.splice(at, 1)[0]?.settle(stopped(reason));
      return;
    }
    for (const thread of this.#threads) thread.stop(runId, reason);
  }

  /** Another version of the bot. What has begun ends as it began, what comes runs the new one; with problems nothing changes. */
  async swap(bot: BotFiles): Promise<readonly Problem[]> {
    const probe = await this.#options.takeThread();
    const problems = await probe.load(bot).catch((cause: Error) => [checkFailed(bot, cause)]);
    if (problems.length > 0 || this.#closed) {
      void probe.close();
      return problems;
    }
    this.#bot = bot;
    for (const thread of this.#threads) {
      // One that cannot load what another just did is not worth keeping.
      thread.load(bot).catch(() => void thread.close());
    }
    // The new thread is one more; the one that has rested longest makes room.
    const [coldest] = this.#idleSince.keys();
    this.#adopt(probe);
    void coldest?.close();
    return [];
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#shrinking);
    clearTimeout(this.#looking);
    for (const call of this.#waiting.splice(0)) call.settle(stopped('The API Task is being taken down.'));
    for (const thread of this.#threads) void thread.close();
  }

  #adopt(thread: BotThread): void {
    this.#threads.add(thread);
    this.#idleSince.set(thread, performance.now());
    thread.onAnswered = () => {
      if (thread.assigned === 0) this.#rest(thread);
      if (this.#waiting.length > 0) this.#schedule();
    };
    thread.onReturned = (calls) => this.#waiting.unshift(...calls);
    thread.onEnded = () => {
      this.#threads.delete(thread);
      this.#idleSince.delete(thread);
      if (this.#closed)
        for (const call of this.#waiting.splice(0)) call.settle(stopped('The API Task is being taken down.'));
      else if (this.#threads.size + this.#starting === 0 || this.#waiting.length > 0) this.#start();
    };
    this.#schedule();
  }

  #rest(thread: BotThread): void {
    if (thread.tired) {
      void thread.close();
      return;
    }
    // Inserted anew: the last of the map is the one that worked last.
    this.#idleSince.delete(thread);
    this.#idleSince.set(thread, performance.now());
  }

  #start(): void {
    if (this.#closed) return;
    this.#starting++;
    this.#options
      .takeThread()
      .then(async (thread) => {
        // Another version may have come meanwhile; then it is loaded as well.
        for (let hash = ''; hash !== this.#bot.hash; ) {
          hash = this.#bot.hash;
          const problems = await thread.load(this.#bot);
          if (problems.length > 0) throw new Error(problems[0]?.message);
        }
        if (this.#closed) void thread.close();
        else this.#adopt(thread);
      })
      .catch((cause: Error) => {
        if (!this.#closed) this.#options.onTrouble(cause.message);
      })
      .finally(() => {
        this.#starting--;
        // Nobody is left to serve those who wait: they are told, and the next call tries again.
        if (this.#threads.size + this.#starting === 0) {
          for (const call of this.#waiting.splice(0)) call.settle(stopped('No thread could be started for the bot.'));
        }
      });
  }

  #schedule(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  /** Gives what waits to the threads that rest, the one that worked last first: its caches are warm. */
  #pump(): void {
    const resting = [...this.#idleSince.keys()].reverse();
    for (const thread of resting) {
      if (this.#waiting.length === 0) break;
      if (!thread.hasRoom) continue;
      // Never behind another message: what comes while a quick thread works goes together when it is free again.
      for (const call of this.#waiting.splice(0, thread.meanMs > QUICK_MS ? 1 : AHEAD)) thread.assign(call);
      this.#idleSince.delete(thread);
      thread.send();
    }
    if (this.#threads.size + this.#starting === 0 && this.#waiting.length > 0) this.#start();
    this.#looking ??= this.#needsLook() ? setTimeout(() => this.#look(), PATIENCE_MS) : undefined;
  }

  /** Somebody waits, in the queue or behind the call that a thread is at. */
  #needsLook(): boolean {
    if (this.#waiting.length > 0) return true;
    for (const { assigned } of this.#threads) if (assigned > 1) return true;
    return false;
  }

  /** A moment later: whoever still waits behind a call that takes long is given to another thread, of which there may be more. */
  #look(): void {
    this.#looking = undefined;
    const now = performance.now();
    let silent = 0;
    for (const thread of this.#threads) {
      if (now - thread.heardOn < PATIENCE_MS || thread.assigned === 0) continue;
      silent++;
      if (thread.assigned < 2) continue;
      // It counts as slow until its answers say otherwise.
      thread.meanMs = Math.max(thread.meanMs, QUICK_MS * 2);
      this.#waiting.unshift(...thread.takeBack());
    }
    if (this.#waiting.length === 0 && !this.#needsLook()) return;
    this.#grow(silent);
    this.#pump();
  }

  /**
   * Calls have waited for longer than they should. Where a thread still answers in between the bot computes, and more threads
   * than cores would gain nothing. Where all are silent each who waits may need one of his own; a start takes 80 ms of a
   * core, so there are at most as many again as there are.
   */
  #grow(silent: number): void {
    const there = this.#threads.size + this.#starting;
    const most = silent >= this.#threads.size ? this.#limit : Math.min(this.#limit, CORES);
    const wanted = Math.min(
      most - there,
      this.#waiting.length - this.#starting,
      Math.max(1, this.#threads.size) - this.#starting,
    );
    for (let n = 0; n < wanted; n++) this.#start();
  }

  #shrink(): void {
    const now = performance.now();
    for (const [thread, since] of [...this.#idleSince]) {
      if (this.#threads.size > 1 && now - since > IDLE_MS) void thread.close();
    }
  }
}

function checkFailed(bot: BotFiles, cause: Error): Problem {
  return { botPath: bot.path, line: 0, code: 'bad-value', severity: 'error', message: cause.message };
}
