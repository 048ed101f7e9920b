import { Worker } from 'node:worker_threads';
import type { Problem } from '@signalbox/taskbot';
import {
  type BotFiles,
  type CredentialAnswer,
  type CredentialRequest,
  type FromThread,
  type GlobalValues,
  type PackedAnswers,
  type PackedCalls,
  packCall,
  type RunOutcome,
  SLOT,
  SLOTS,
  type Surroundings,
  type Target,
  type ThreadData,
  type ToThread,
  unpackAnswers,
} from './protocol.ts';

/** What a thread may take before it ends with the one call that it runs. */
export interface ThreadLimits {
  /** The heap, and what lies beside it (texts and bytes of answers). */
  readonly memoryMegabytes: number;
}

export interface ThreadOptions {
  readonly surroundings: Surroundings;
  readonly limits: ThreadLimits;
  /** Where compiled JavaScript is kept between starts; undefined keeps none. */
  readonly cacheFolder: string | undefined;
  /** Fetches a secret for a run. Never rejects. */
  readonly credential: (wanted: CredentialRequest, run: CredentialUser) => Promise<CredentialAnswer>;
  /** Called when nothing of it is left, for whoever started it; `onEnded` is for whoever has it, and sooner. */
  readonly onGone: () => void;
}

/** In whose name, and for which run. */
export interface CredentialUser {
  readonly userId: number;
  readonly runId: string;
}

/** One run that somebody waits for. */
export interface Call extends CredentialUser {
  readonly userName: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  readonly body: string;
  /** Always called, once. */
  readonly settle: (outcome: RunOutcome) => void;
}

/** How long after its deadline, or after it was told to stop, a bot may still not have heard. */
const GRACE_MS = 500;
const LOOK_EVERY_MS = 250;
/** Loading has no deadline of its own; a document that keeps a thread this long is broken or hostile. */
const CHECK_MS = 10_000;
const MEGABYTE = 1024 * 1024;
/** A thread that keeps this much between calls leaks, and makes room for another. */
const TIRED_SHARE = 0.6;

/**
 * A worker thread in which bots run, one at a time, watched from outside: whatever a bot does to it (endless loop, memory,
 * crash), it costs the one call that was running. Calls that had not begun come back through `onReturned`.
 */
export class BotThread {
  readonly #worker: Worker;
  readonly #limits: ThreadLimits;
  readonly #onGone: () => void;
  readonly #credential: ThreadOptions['credential'];
  readonly #states: Int32Array;
  readonly #calls: (Call | undefined)[] = new Array<Call | undefined>(SLOTS).fill(undefined);
  readonly #free: number[] = Array.from({ length: SLOTS }, (_, at) => SLOTS - 1 - at);
  readonly #asked = new Map<number, PromiseWithResolvers<readonly Problem[]>>();
  #outbox: PackedCalls = [];
  #unsent = 0;
  readonly #ready = Promise.withResolvers<void>();
  /** Calls of ours that the thread has or is about to get. */
  #assigned = 0;
  #requests = 0;
  #ended: string | undefined;
  #terminated: Promise<unknown> = Promise.resolve();
  #watch: NodeJS.Timeout | undefined;
  #overdue: { readonly slot: number; readonly at: number; readonly why: string } | undefined;
  #weighing = false;

  /** How long a call took lately, in milliseconds. */
  meanMs = 0;
  /** When something was last heard of it (`performance.now`). */
  heardOn = performance.now();
  /** It has grown: whoever has it may replace it. */
  tired = false;
  onAnswered: () => void = () => {};
  onReturned: (calls: Call[]) => void = () => {};
  onEnded: () => void = () => {};

  constructor({ surroundings, limits, cacheFolder, credential, onGone }: ThreadOptions) {
    this.#limits = limits;
    this.#credential = credential;
    this.#onGone = onGone;
    const states = new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT);
    this.#states = new Int32Array(states);
    const workerData: ThreadData = { states, surroundings, cacheFolder };
    this.#worker = new Worker(new URL('./thread-main.ts', import.meta.url), {
      workerData,
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdin: false,
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMegabytes, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
      name: 'bot',
    });
    // The process may end without asking its threads.
    this.#worker.unref();
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    this.#worker.on('error', (cause: NodeJS.ErrnoException) => {
      this.#end(
        cause.code === 'ERR_WORKER_OUT_OF_MEMORY' ? this.#memoryFault() : `The bot's thread broke: ${cause.message}`,
      );
    });
    this.#worker.on('exit', () => this.#end('The thread of the bot ended.'));
    this.#ready.promise.catch(() => {});
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  get assigned(): number {
    return this.#assigned;
  }

  get hasRoom(): boolean {
    return this.#free.length > 0 && this.#ended === undefined;
  }

  /** Resolves when the thread has loaded its code. Rejects when it ended before that. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Checks a bot without keeping it. */
  check(bot: BotFiles, target: Target): Promise<readonly Problem[]> {
    return this.#ask((request) => ({ type: 'check', request, bot, target }));
  }

  /** From now on calls run this bot, if it has no problems; what was sent before still runs the one before. */
  load(bot: BotFiles): Promise<readonly Problem[]> {
    return this.#ask((request) => ({ type: 'load', request, bot }));
  }

  /** What calls that begin from now on have as global values. */
  setGlobals(values: GlobalValues): void {
    this.#post({ type: 'globals', values });
  }

  /** Takes a call; it leaves with the next `send`. Only where there is room. */
  assign(call: Call): void {
    const slot = this.#free.pop();
    if (slot === undefined) throw new Error('The thread has no room.');
    this.#calls[slot] = call;
    this.#assigned++;
    Atomics.store(this.#states, slot, SLOT.sent);
    const { runId, userName, deadline, body } = call;
    packCall(this.#outbox, { slot, runId, userName, deadline, body });
    this.#unsent++;
  }

  /** Calls that were assigned together cross together. */
  send(): void {
    if (this.#unsent === 0) return;
    // An idle thread is heard of only now: from here on its silence counts.
    if (this.#assigned === this.#unsent) this.heardOn = performance.now();
    this.#post(this.#outbox);
    this.#outbox = [];
    this.#unsent = 0;
    this.#watch ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Takes back what has not begun. */
  takeBack(): Call[] {
    const back: Call[] = [];
    this.#calls.forEach((call, slot) => {
      if (call === undefined) return;
      if (Atomics.compareExchange(this.#states, slot, SLOT.sent, SLOT.takenBack) !== SLOT.sent) return;
      // The slot is free again when the thread has passed it.
      this.#calls[slot] = undefined;
      this.#assigned--;
      back.push(call);
    });
    return back;
  }

  /** Tells the bot of this run to stop; when it does not hear, its thread is ended. */
  stop(runId: string, reason: string): void {
    const slot = this.#calls.findIndex((one) => one?.runId === runId);
    const call = this.#calls[slot];
    if (call === undefined) return;
    if (Atomics.compareExchange(this.#states, slot, SLOT.sent, SLOT.takenBack) === SLOT.sent) {
      this.#calls[slot] = undefined;
      this.#assigned--;
      call.settle(stopped(reason));
      this.onAnswered();
      return;
    }
    this.#post({ type: 'stop', slot, reason });
    this.#overdue = { slot, at: Date.now() + GRACE_MS, why: reason };
  }

  /** Ends it, whatever it does. Calls that had not begun are returned. Resolves when the thread is gone. */
  async close(): Promise<void> {
    this.#end('The thread of the bot was closed.');
    await this.#terminated;
  }

  #ask(message: (request: number) => ToThread): Promise<readonly Problem[]> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended));
    const request = this.#requests++;
    const asked = Promise.withResolvers<readonly Problem[]>();
    this.#asked.set(request, asked);
    const limit = setTimeout(
      () => this.#end(`Reading the bot took longer than ${CHECK_MS / 1000} s or more memory than it may.`),
      CHECK_MS,
    );
    this.#post(message(request));
    return asked.promise.finally(() => clearTimeout(limit));
  }

  #post(message: ToThread): void {
    if (this.#ended === undefined) this.#worker.postMessage(message);
  }

  #hear(message: FromThread): void {
    this.heardOn = performance.now();
    if (Array.isArray(message)) this.#settle(message);
    else if (message.type === 'ready') this.#ready.resolve();
    else if (message.type === 'credential') void this.#fetch(message.request, message.slot, message.wanted);
    else {
      this.#asked.get(message.request)?.resolve(message.problems);
      this.#asked.delete(message.request);
    }
  }

  async #fetch(request: number, slot: number, wanted: CredentialRequest): Promise<void> {
    const call = this.#calls[slot];
    const answer: CredentialAnswer =
      call === undefined ? { problem: 'The run is over.' } : await this.#credential(wanted, call);
    this.#post({ type: 'credential', request, answer });
  }

  #settle(packed: PackedAnswers): void {
    const { answers, busyMs, memory } = unpackAnswers(packed);
    if (memory > this.#limits.memoryMegabytes * MEGABYTE * TIRED_SHARE) this.tired = true;
    this.meanMs = this.meanMs * 0.9 + (busyMs / answers.length) * 0.1;
    for (const { slot, outcome } of answers) {
      const call = this.#calls[slot];
      this.#calls[slot] = undefined;
      Atomics.store(this.#states, slot, SLOT.free);
      this.#free.push(slot);
      if (this.#overdue?.slot === slot) this.#overdue = undefined;
      if (outcome === undefined || call === undefined) continue;
      this.#assigned--;
      call.settle(outcome);
    }
    this.onAnswered();
  }

  /** The backstop: a bot that hears neither its deadline nor a stop, or that grows beside the heap. */
  #look(): void {
    if (this.#assigned === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
      return;
    }
    const now = Date.now();
    if (this.#overdue !== undefined && now > this.#overdue.at) this.#end(this.#overdue.why);
    const slot = this.#calls.findIndex(
      (call, at) => call !== undefined && Atomics.load(this.#states, at) === SLOT.begun,
    );
    const begun = this.#calls[slot];
    if (begun !== undefined && now > begun.deadline + GRACE_MS) this.#end(TIME_IS_UP);
    if (performance.now() - this.heardOn > LOOK_EVERY_MS) void this.#weigh();
  }

  /** `resourceLimits` knows only the heap; buffers lie outside it. */
  async #weigh(): Promise<void> {
    if (this.#weighing || this.#ended !== undefined) return;
    this.#weighing = true;
    try {
      const { external_memory: external, used_heap_size: heap } = await this.#worker.getHeapStatistics();
      if (external + heap > this.#limits.memoryMegabytes * MEGABYTE * 2) this.#end(this.#memoryFault());
    } catch {
      // It has just ended; whoever waits for it hears so.
    } finally {
      this.#weighing = false;
    }
  }

  #memoryFault(): string {
    return `The bot needed more memory than it may have (${this.#limits.memoryMegabytes} MB).`;
  }

  #end(why: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    clearInterval(this.#watch);
    // Whoever stops waits until it writes no more: not even its compile cache into a folder that is being removed.
    this.#terminated = this.#worker.terminate().finally(this.#onGone);
    this.#ready.reject(new Error(why));
    for (const asked of this.#asked.values()) asked.reject(new Error(why));
    const returned: Call[] = [];
    this.#calls.forEach((call, slot) => {
      if (call === undefined) return;
      if (Atomics.load(this.#states, slot) === SLOT.sent) returned.push(call);
      else call.settle(why === this.#overdue?.why ? stopped(why) : broken(why));
    });
    this.#calls.fill(undefined);
    this.#assigned = 0;
    if (returned.length > 0) this.onReturned(returned);
    this.onEnded();
  }
}

const TIME_IS_UP = 'The time of the run is up';

export function stopped(why: string): RunOutcome {
  return { kind: 'failed', reason: 'stopped', message: why, line: 0, botPath: '' };
}

function broken(why: string): RunOutcome {
  return { kind: 'failed', reason: why === TIME_IS_UP ? 'deadline' : 'error', message: why, line: 0, botPath: '' };
}
