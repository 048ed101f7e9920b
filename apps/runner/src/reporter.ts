import type { ControlRoomClient } from './control-room-client.ts';
import type { RunnerLog } from './log.ts';
import type { Outbox } from './outbox.ts';
import type { HeldItem, ItemResult, LogLine, Progress } from './protocol.ts';
import { keepLines, MOST_IN_A_REPORT, ReportLoop } from './report-loop.ts';

/** What is to be told goes out together, this often at most. */
const REPORT_EVERY_MS = 40;

/**
 * Tells the server what became of its items: begun, how far, ended, handed back, and what bots said. Results lie in the
 * outbox until the server has answered; everything else is told when it can be.
 */
export class Reporter {
  readonly #client: ControlRoomClient;
  readonly #outbox: Outbox<ItemResult>;
  readonly #log: RunnerLog;
  readonly #progress = new Map<number, HeldItem & Progress>();
  #begun: (HeldItem & { startTime: string })[] = [];
  #handedBack: HeldItem[] = [];
  #logs: LogLine[] = [];
  readonly #loop: ReportLoop;

  constructor(client: ControlRoomClient, outbox: Outbox<ItemResult>, log: RunnerLog) {
    this.#client = client;
    this.#outbox = outbox;
    this.#log = log;
    this.#loop = new ReportLoop(
      {
        idle: () => this.#idle(),
        pauseMs: () => REPORT_EVERY_MS,
        deliverAll: (session) => this.#deliverAll(session),
      },
      log,
    );
  }

  /** Results that the server has not answered for: this device still stands for their items. */
  get undelivered(): readonly ItemResult[] {
    return this.#outbox.waiting;
  }

  begun({ id, version }: HeldItem, startTime: string): void {
    this.#begun.push({ id, version, startTime });
    this.#loop.wake();
  }

  progress({ id, version }: HeldItem, progress: Progress): void {
    this.#progress.set(id, { id, version, ...progress });
    this.#loop.wake();
  }

  ended(result: ItemResult): void {
    this.#outbox.add(result);
    this.#loop.wake();
  }

  handBack(...items: readonly HeldItem[]): void {
    this.#handedBack.push(...items.map(({ id, version }) => ({ id, version })));
    this.#loop.wake();
  }

  say(line: LogLine): void {
    this.#logs = keepLines(this.#logs);
    this.#logs.push(line);
    this.#loop.wake();
  }

  /** Reports whenever there is something to report, until `signal` is aborted. */
  run(session: () => string, signal: AbortSignal): Promise<void> {
    return this.#loop.run(session, signal);
  }

  /** Tells all there is. */
  deliver(session: string): Promise<void> {
    return this.#loop.deliver(session);
  }

  #idle(): boolean {
    const waiting =
      this.#outbox.size + this.#begun.length + this.#progress.size + this.#handedBack.length + this.#logs.length;
    return waiting === 0;
  }

  async #deliverAll(session: string): Promise<void> {
    while (!this.#idle()) {
      const results = this.#outbox.take(MOST_IN_A_REPORT);
      const ended = new Set(results.map(({ id }) => id));
      const begun = this.#begun.slice(0, MOST_IN_A_REPORT);
      const handedBack = this.#handedBack.slice(0, MOST_IN_A_REPORT);
      const logs = this.#logs.slice(0, MOST_IN_A_REPORT);
      const progress = [...this.#progress.values()].slice(0, MOST_IN_A_REPORT);
      const answer = await this.#client.report(session, {
        // A result says that its item was begun; only what still runs is worth saying.
        started: begun.filter(({ id }) => !ended.has(id)),
        progress: progress.filter(({ id }) => !ended.has(id)),
        results,
        handedBack,
        logs,
      });
      this.#outbox.delivered(results.length);
      const told = new Set<unknown>([...begun, ...handedBack, ...logs]);
      this.#begun = this.#begun.filter((one) => !told.has(one));
      this.#handedBack = this.#handedBack.filter((one) => !told.has(one));
      this.#logs = this.#logs.filter((line) => !told.has(line));
      // A newer word on the same item is still to be told.
      for (const one of progress) if (this.#progress.get(one.id) === one) this.#progress.delete(one.id);
      if (answer.refused.length > 0) {
        this.#log.warn(
          { items: answer.refused },
          'Results were refused: the items had been given to another runner, or were known already.',
        );
      }
    }
  }
}
