import { mkdirSync } from 'node:fs';
import type { Artifacts } from './artifacts.ts';
import type { BotProcess } from './bot-process.ts';
import { type BotOutcome, describeFailure, type Job } from './bot-protocol.ts';
import type { Bundle, HeldRun, RunCommand, RunOrder, RunResult } from './protocol.ts';
import type { RunReporter } from './run-reporter.ts';
import type { Surroundings, Task, Workload } from './workload.ts';

/** A deployed bot at work. */
interface Running {
  readonly order: RunOrder;
  readonly process: BotProcess;
  lost: boolean;
  totalLines: number;
}

/** How runs end that were not ended by their bots. */
const STATUS_OF = {
  refused: 'DEPLOY_FAILED',
  device: 'DEPLOY_FAILED',
  stopped: 'RUN_ABORTED',
  deadline: 'RUN_TIMED_OUT',
  error: 'RUN_FAILED',
  steps: 'RUN_FAILED',
  crashed: 'RUN_FAILED',
} as const;

/** Deployed bots. The server gives out no more than this device has bot processes; they go before items. */
export class RunWork implements Workload {
  readonly #around: Surroundings;
  readonly #reporter: RunReporter;
  readonly #artifacts: Artifacts;
  readonly #running = new Map<string, Running>();
  /** What was wished of a run that has not got its process yet. */
  readonly #wishes = new Map<string, RunCommand['command']>();
  #waiting: RunOrder[] = [];

  constructor(around: Surroundings, reporter: RunReporter, artifacts: Artifacts) {
    this.#around = around;
    this.#reporter = reporter;
    this.#artifacts = artifacts;
  }

  get running(): number {
    return this.#running.size;
  }

  get held(): readonly HeldRun[] {
    return [...this.#waiting, ...[...this.#running.values()].map(({ order }) => order), ...this.#reporter.undelivered];
  }

  take(orders: readonly RunOrder[]): void {
    for (const order of orders) {
      this.#around.bundles.fetch(order.bot, order.id);
      this.#waiting.push(order);
    }
    if (orders.length > 0) this.#around.onWork();
  }

  /** Does what people want of a run. May be told twice: the second time changes nothing. */
  obey({ id, version, command }: RunCommand): void {
    const run = this.#running.get(id);
    if (run) {
      if (run.order.version !== version) return;
      wish(run.process, command);
      // Also a bot that had not come to stand yet goes on: the wish is fulfilled.
      if (command === 'RESUME') this.#reporter.held(run.order, false);
      return;
    }
    const waiting = this.#waiting.find((order) => order.id === id && order.version === version);
    if (!waiting) return;
    if (command !== 'STOP') {
      this.#wishes.set(id, command);
      return;
    }
    this.#waiting = this.#waiting.filter((order) => order !== waiting);
    const now = new Date().toISOString();
    this.#reporter.ended({
      id,
      version,
      status: 'RUN_ABORTED',
      message: 'It was stopped before it began.',
      startTime: now,
      endTime: now,
    });
  }

  next(): Task | undefined {
    const order = this.#waiting.shift();
    return order && ((process) => this.#work(process, order));
  }

  loseAll(): void {
    this.#waiting = [];
    for (const run of this.#running.values()) this.#lose(run);
  }

  drop(lost: readonly HeldRun[]): void {
    const isLost = (one: HeldRun): boolean => lost.some(({ id, version }) => id === one.id && version === one.version);
    this.#waiting = this.#waiting.filter((order) => !isLost(order));
    for (const run of this.#running.values()) if (isLost(run.order)) this.#lose(run);
  }

  handBackWaiting(): void {
    this.#reporter.handBack(...this.#waiting);
    this.#waiting = [];
  }

  stopRunning(reason: string): void {
    for (const { process } of this.#running.values()) process.stop(reason);
  }

  #lose(run: Running): void {
    run.lost = true;
    run.process.stop('The server no longer counts on this device for the run.');
  }

  async #work(process: BotProcess, order: RunOrder): Promise<void> {
    const run: Running = { order, process, lost: false, totalLines: 0 };
    this.#running.set(order.id, run);
    const startTime = new Date().toISOString();
    const folder = this.#artifacts.folderOf(order);
    try {
      const bundle = await this.#around.bundles.get(order.bot);
      mkdirSync(folder, { recursive: true });
      const wished = this.#wishes.get(order.id);
      const ended = process.run(this.#jobOf(order, bundle, folder), bundle, this.#around.globals, {
        onCredential: (question) =>
          this.#around.credentials.fetch({ run: { id: order.id, version: order.version } }, question),
        onLog: (line) => this.#reporter.say(order.id, line),
        onProgress: (progress) => this.#reporter.progress(order, progress),
        onReady: async (totalLines) => {
          run.totalLines = totalLines;
          const may = await this.#reporter.begin(order, startTime, totalLines);
          if (!may) this.#lose(run);
          return may;
        },
        onHeld: (held) => this.#reporter.held(order, held),
      });
      if (wished) wish(process, wished);
      const outcome = await ended;
      if (!run.lost) this.#reporter.ended(resultOf(run, outcome, startTime));
    } catch (cause) {
      // The bot could not be fetched: nothing was done, and it may be run elsewhere.
      this.#reporter.handBack(order);
      this.#around.log.error({ err: cause, run: order.id }, 'A run could not begin and is handed back.');
    } finally {
      this.#running.delete(order.id);
      this.#wishes.delete(order.id);
      this.#reporter.forget(order.id);
      if (run.lost) await this.#artifacts.discard(order).catch(() => {});
      else this.#artifacts.collect(order);
    }
  }

  #jobOf(order: RunOrder, bundle: Bundle, workFolder: string): Job {
    const { configuration, hostName } = this.#around;
    return {
      runId: order.id,
      subject: `run ${order.id}/${order.version}`,
      bundle: bundle.hash,
      botInput: order.botInput,
      userName: order.runAsUser.username,
      deviceName: hostName,
      controlRoom: configuration.url,
      workFolder,
      timeLimitMs: configuration.runTimeLimitMs,
      waitsToBegin: true,
      outgoing: { allow: configuration.outgoingAllow, deny: configuration.outgoingDeny },
    };
  }
}

function wish(process: BotProcess, command: RunCommand['command']): void {
  if (command === 'PAUSE') process.pause();
  else if (command === 'RESUME') process.resume();
  else process.stop('Somebody stopped it.');
}

function resultOf({ order, totalLines }: Running, outcome: BotOutcome, startTime: string): RunResult {
  const { failure } = outcome;
  return {
    id: order.id,
    version: order.version,
    status: failure ? STATUS_OF[failure.reason] : 'COMPLETED',
    ...(failure ? { message: describeFailure(failure), line: failure.line, botPath: failure.botPath } : {}),
    ...(failure?.reason === 'device' ? { deviceFault: true } : {}),
    outputs: outcome.typedOutputs,
    ...(totalLines > 0 ? { totalLines } : {}),
    startTime,
    endTime: new Date().toISOString(),
  };
}
