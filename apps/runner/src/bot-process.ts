import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import {
  type BotFailure,
  type BotOutcome,
  type BotProgress,
  type FromBotProcess,
  failed,
  type Job,
  type ToBotProcess,
} from './bot-protocol.ts';
import type { Bundle, CredentialAnswer, CredentialQuestion, LogLine, SharedValues } from './protocol.ts';

/** After so many items, or past so much memory, a bot process makes room for a fresh one. */
const ITEMS_A_PROCESS = 5_000;
const MOST_MEMORY = 400 * 1024 * 1024;
/** What one bot may take before its process ends. */
const HEAP_MEGABYTES = 512;
/** How long a bot that was told to stop may take to hear it. */
const GRACE_MS = 5_000;
/** A timer that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a bot may see of this device's environment: enough to find programs and folders, none of our own settings. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'USERPROFILE',
  'COMPUTERNAME',
  'USERNAME',
  // Where the browser is; no secret, and of use to bots alone.
  'SIGNALBOX_BROWSER_PATH',
];

/** Hears a bot while it runs. */
export interface BotListener {
  readonly onLog: (line: Omit<LogLine, 'workItemId'>) => void;
  readonly onProgress: (progress: BotProgress) => void;
  /** Asks the server for a secret that only the bot process can open. */
  readonly onCredential: (question: CredentialQuestion) => Promise<CredentialAnswer>;
  /** Compiled, and its first line is next. A job that waits begins when this has resolved to true. */
  readonly onReady?: (totalLines: number) => Promise<boolean>;
  /** It stands still before a line, or goes on. */
  readonly onHeld?: (held: boolean) => void;
}

/**
 * A child process in which bots run, one at a time. Whatever a bot does to it (crash, endless loop, memory), the runner
 * lives on and the item ends as FAILED with what happened. Kept warm between items, because starting one takes longer
 * than most items do.
 */
export class BotProcess {
  #child: ChildProcess | undefined;
  #known = new Set<string>();
  #globals = '';
  #items = 0;
  #current: (BotListener & { readonly done: (outcome: BotOutcome) => void }) | undefined;
  #killed: Pick<BotFailure, 'reason' | 'message'> | undefined;

  /** Starts the child when there is none, so that the next bot need not wait for it. */
  warmUp(): void {
    if (!this.#child) this.#start();
  }

  /** Runs one bot; always resolves. */
  async run(job: Job, bundle: Bundle, globals: SharedValues, listener: BotListener): Promise<BotOutcome> {
    const child = this.#child ?? this.#start();
    this.#killed = undefined;
    this.#items++;
    const { promise, resolve } = Promise.withResolvers<BotOutcome>();
    this.#current = { done: resolve, ...listener };
    // The bot ends itself at its time limit; this is for one that cannot hear.
    const limit = setTimeout(
      () => this.#kill('deadline', `It was still running ${GRACE_MS / 1000} s after its time limit.`),
      Math.min(job.timeLimitMs + GRACE_MS, LONGEST_TIMER_MS),
    );
    if (!this.#known.has(job.bundle)) {
      this.#send(child, { type: 'bundle', bundle });
      this.#known.add(job.bundle);
    }
    if (this.#globals !== globals.hash) {
      this.#send(child, { type: 'globals', values: globals.values });
      this.#globals = globals.hash;
    }
    this.#send(child, { type: 'run', job });
    const outcome = await promise;
    clearTimeout(limit);
    this.#current = undefined;
    if (this.#items >= ITEMS_A_PROCESS) this.#retire();
    return outcome;
  }

  /** The bot stands still before its next line. */
  pause(): void {
    if (this.#child && this.#current) this.#send(this.#child, { type: 'pause' });
  }

  resume(): void {
    if (this.#child && this.#current) this.#send(this.#child, { type: 'resume' });
  }

  /** Tells the bot to stop, and ends its process when it does not hear. */
  stop(reason: string): void {
    const child = this.#child;
    if (!child || !this.#current) return;
    this.#send(child, { type: 'stop', reason });
    const current = this.#current;
    setTimeout(() => {
      if (this.#current === current) this.#kill('stopped', reason);
    }, GRACE_MS).unref();
  }

  close(): void {
    this.#retire();
  }

  #start(): ChildProcess {
    const child = fork(join(import.meta.dirname, 'bot-host.ts'), [], {
      env: Object.fromEntries(
        PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
      ),
      execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`, '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let lastWords = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString('utf8')).slice(-2_000);
    });
    child.on('message', (message: FromBotProcess) => this.#hear(child, message));
    child.on('error', (cause) =>
      this.#gone(child, failed('device', `The bot's process could not be started: ${cause.message}`)),
    );
    child.on('exit', (code, signal) => {
      const how = `The bot's process ended (${signal ?? `exit code ${code}`}). ${firstLine(lastWords)}`.trim();
      this.#gone(child, this.#killed ? failed(this.#killed.reason, this.#killed.message) : failed('crashed', how));
    });
    this.#child = child;
    this.#known = new Set();
    this.#globals = '';
    this.#items = 0;
    return child;
  }

  #hear(child: ChildProcess, message: FromBotProcess): void {
    if (child !== this.#child) return;
    if (message.type === 'log') this.#current?.onLog(message);
    if (message.type === 'progress') this.#current?.onProgress(message.progress);
    if (message.type === 'begun') void this.#begin(child, message.totalLines);
    if (message.type === 'held') this.#current?.onHeld?.(message.held);
    if (message.type === 'credential') void this.#fetch(child, message.request, message.question);
    if (message.type === 'done') {
      const { done } = this.#current ?? {};
      if (message.memoryBytes > MOST_MEMORY) this.#retire();
      done?.(message.outcome);
    }
  }

  async #begin(child: ChildProcess, totalLines: number): Promise<void> {
    const current = this.#current;
    const may = await current?.onReady?.(totalLines);
    if (may && this.#current === current) this.#send(child, { type: 'begin' });
  }

  async #fetch(child: ChildProcess, request: number, question: CredentialQuestion): Promise<void> {
    const answer = (await this.#current?.onCredential(question)) ?? { problem: 'The run is over.' };
    this.#send(child, { type: 'credential', request, answer });
  }

  #gone(child: ChildProcess, outcome: BotOutcome): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    this.#current?.done(outcome);
  }

  #send(child: ChildProcess, message: ToBotProcess): void {
    // A child that has just died is reported by its exit.
    child.send(message, () => {});
  }

  #kill(reason: BotFailure['reason'], message: string): void {
    this.#killed = { reason, message };
    this.#child?.kill('SIGKILL');
  }

  /** The next item gets a fresh process; this one ends when its channel closes. */
  #retire(): void {
    const child = this.#child;
    this.#child = undefined;
    if (child?.connected) child.disconnect();
  }
}

function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => /error|fatal/i.test(line))
      ?.trim()
      .slice(0, 300) ?? ''
  );
}
