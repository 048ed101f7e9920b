import type { Artifacts } from './artifacts.ts';
import type { BotProcess } from './bot-process.ts';
import type { HeldRun, RunCommand, RunResult } from './protocol.ts';
import type { RunReporter } from './run-reporter.ts';
import type { Surroundings, Task, Workload } from './workload.ts';

/** What a run of any kind is given while it is at work. */
export interface RunSlot {
  readonly process: BotProcess;
  /** Says that it is about to begin, and answers whether it may: otherwise it has been lost, and is to end without a word. */
  begin(totalLines: number): Promise<boolean>;
}

/** A run at work, as seen from outside. */
export interface AtWork {
  /** How it ended. Rejects when what it needs could not be fetched: then nothing of it was done, too. */
  readonly ended: Promise<RunEnd | NotBegun>;
  obey(command: RunCommand['command']): void;
  /** The runner is to end it, whatever people want. */
  stop(reason: string): void;
}

/** Nothing of it was done: it may be run elsewhere. */
export type NotBegun = 'notBegun';

export type RunEnd = Omit<RunResult, keyof HeldRun | 'startTime' | 'endTime'>;

/** A kind of run: deployed bots, or robots. */
export interface RunKind<Order extends HeldRun> {
  /** What the order needs can be fetched while it waits for a slot. */
  prepare(order: Order): void;
  start(order: Order, slot: RunSlot): AtWork;
}

interface Running<Order> {
  readonly order: Order;
  readonly work: AtWork;
  lost: boolean;
}

/** Runs of one kind. The server gives out no more than this device has slots; they go before items. */
export class RunWork<Order extends HeldRun> implements Workload {
  readonly #around: Surroundings;
  readonly #reporter: RunReporter;
  readonly #artifacts: Artifacts;
  readonly #kind: RunKind<Order>;
  readonly #running = new Map<string, Running<Order>>();
  /** What was wished of a run that has not got its slot yet. */
  readonly #wishes = new Map<string, RunCommand['command']>();
  #waiting: Order[] = [];

  constructor(around: Surroundings, reporter: RunReporter, artifacts: Artifacts, kind: RunKind<Order>) {
    this.#around = around;
    this.#reporter = reporter;
    this.#artifacts = artifacts;
    this.#kind = kind;
  }

  get running(): number {
    return this.#running.size;
  }

  get held(): readonly HeldRun[] {
    return [...this.#waiting, ...[...this.#running.values()].map(({ order }) => order)];
  }

  take(orders: readonly Order[]): void {
    for (const order of orders) {
      this.#kind.prepare(order);
      this.#waiting.push(order);
    }
    if (orders.length > 0) this.#around.onWork();
  }

  /** Does what people want of a run. May be told twice: the second time changes nothing. */
  obey({ id, version, command }: RunCommand): void {
    const run = this.#running.get(id);
    if (run) {
      if (run.order.version === version) run.work.obey(command);
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
    for (const run of this.#running.values()) lose(run);
  }

  drop(lost: readonly HeldRun[]): void {
    const isLost = (one: HeldRun): boolean => lost.some(({ id, version }) => id === one.id && version === one.version);
    this.#waiting = this.#waiting.filter((order) => !isLost(order));
    for (const run of this.#running.values()) if (isLost(run.order)) lose(run);
  }

  handBackWaiting(): void {
    this.#reporter.handBack(...this.#waiting);
    this.#waiting = [];
  }

  stopRunning(reason: string): void {
    for (const { work } of this.#running.values()) work.stop(reason);
  }

  async #work(process: BotProcess, order: Order): Promise<void> {
    const startTime = new Date().toISOString();
    const begin = async (totalLines: number): Promise<boolean> => {
      const may = await this.#reporter.begin(order, startTime, totalLines);
      // The answer may come when the run is long over, as it was lost otherwise: its slot then has another one, not to be stopped.
      if (!may && this.#running.get(order.id) === run) lose(run);
      return may;
    };
    const run: Running<Order> = {
      order,
      work: this.#kind.start(order, { process, begin }),
      lost: false,
    };
    this.#running.set(order.id, run);
    const wished = this.#wishes.get(order.id);
    if (wished) run.work.obey(wished);
    try {
      const end = await run.work.ended;
      const { id, version } = order;
      if (run.lost) return;
      if (end === 'notBegun') this.#reporter.handBack(order);
      else this.#reporter.ended({ id, version, ...end, startTime, endTime: new Date().toISOString() });
    } catch (cause) {
      // What it needs could not be fetched: nothing was done, and it may be run elsewhere.
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
}

function lose(run: Running<unknown>): void {
  run.lost = true;
  run.work.stop('The server no longer counts on this device for the run.');
}
