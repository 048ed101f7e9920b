import type { ControlRoomClient } from './control-room-client.ts';
import type { RunnerLog } from './log.ts';
import type { Outbox } from './outbox.ts';
import type { HeldRun, LogLevel, RunLogLine, RunReport, RunResult } from './protocol.ts';
import { keepLines, MOST_IN_A_REPORT, ReportLoop } from './report-loop.ts';

/** What comes within this time goes along. Short: somebody looks at a run that he has just deployed. */
const REPORT_EVERY_MS = 10;

interface Asked {
  readonly run: NonNullable<RunReport['started']>[number];
  readonly answered: (may: boolean) => void;
}
type ToldProgress = NonNullable<RunReport['progress']>[number];
type Paused = NonNullable<RunReport['paused']>[number];

/**
 * Tells the server how deployed bots go: begun, standing still, how far, what they said, ended, handed back. Results lie
 * in the outbox until the server has answered; everything else is told when it can be.
 */
export class RunReporter {
  readonly #client: ControlRoomClient;
  readonly #outbox: Outbox<RunResult>;
  readonly #log: RunnerLog;
  readonly #progress = new Map<string, ToldProgress>();
  readonly #paused = new Map<string, Paused>();
  /** How many lines each running bot has said. */
  readonly #said = new Map<string, number>();
  #beginning: Asked[] = [];
  #handedBack: HeldRun[] = [];
  #logs: RunLogLine[] = [];
  readonly #loop: ReportLoop;

  constructor(client: ControlRoomClient, outbox: Outbox<RunResult>, log: RunnerLog) {
    this.#client = client;
    this.#outbox = outbox;
    this.#log = log;
    this.#loop = new ReportLoop(
      {
        idle: () => this.#idle(),
        // A bot that waits to begin is not kept waiting for company.
        pauseMs: () => (this.#beginning.length === 0 ? REPORT_EVERY_MS : 0),
        deliverAll: (session) => this.#deliverAll(session),
      },
      log,
    );
  }

  /** Results that the server has not answered for: this device still stands for their runs. */
  get undelivered(): readonly RunResult[] {
    return this.#outbox.waiting;
  }

  /**
   * Says that a bot is about to begin, and answers whether it may: once the server has that on disk, nobody else will ever
   * begin this run. While the server is away the bot waits.
   */
  begin({ id, version }: HeldRun, startTime: string, totalLines: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#beginning.push({ run: { id, version, startTime, totalLines }, answered: resolve });
    this.#loop.wake();
    return promise;
  }

  held({ id, version }: HeldRun, paused: boolean): void {
    this.#paused.set(id, { id, version, paused });
    this.#loop.wake();
  }

  progress({ id, version }: HeldRun, progress: Omit<ToldProgress, keyof HeldRun>): void {
    this.#progress.set(id, { id, version, ...progress });
    this.#loop.wake();
  }

  say(id: string, line: { readonly level: LogLevel; readonly text: string; readonly occurredOn: string }): void {
    const number = (this.#said.get(id) ?? 0) + 1;
    this.#said.set(id, number);
    this.#logs = keepLines(this.#logs);
    this.#logs.push({ id, number, ...line });
    this.#loop.wake();
  }

  ended(result: RunResult): void {
    this.#outbox.add(result);
    this.#loop.wake();
  }

  handBack(...runs: readonly HeldRun[]): void {
    this.#handedBack.push(...runs.map(({ id, version }) => ({ id, version })));
    this.#loop.wake();
  }

  /** The run is over: its lines are no longer counted. */
  forget(id: string): void {
    this.#said.delete(id);
    this.#progress.delete(id);
    this.#paused.delete(id);
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
      this.#outbox.size +
      this.#beginning.length +
      this.#paused.size +
      this.#progress.size +
      this.#handedBack.length +
      this.#logs.length;
    return waiting === 0;
  }

  async #deliverAll(session: string): Promise<void> {
    while (!this.#idle()) {
      const results = this.#outbox.take(MOST_IN_A_REPORT);
      const ended = new Set(results.map(({ id }) => id));
      const beginning = this.#beginning.slice(0, MOST_IN_A_REPORT);
      const paused = [...this.#paused.values()].slice(0, MOST_IN_A_REPORT);
      const progress = [...this.#progress.values()].slice(0, MOST_IN_A_REPORT);
      const handedBack = this.#handedBack.slice(0, MOST_IN_A_REPORT);
      const logs = this.#logs.slice(0, MOST_IN_A_REPORT);
      const answer = await this.#client.reportRuns(session, {
        started: beginning.map(({ run }) => run),
        paused: paused.filter(({ id }) => !ended.has(id)),
        progress: progress.filter(({ id }) => !ended.has(id)),
        results,
        handedBack,
        logs,
      });
      this.#outbox.delivered(results.length);
      const told = new Set<unknown>([...beginning, ...handedBack, ...logs]);
      this.#beginning = this.#beginning.filter((one) => !told.has(one));
      // A server of before this word lets all begin.
      for (const { run, answered } of beginning) answered(answer.begun?.includes(run.id) ?? true);
      this.#handedBack = this.#handedBack.filter((one) => !told.has(one));
      this.#logs = this.#logs.filter((line) => !told.has(line));
      // A newer word on the same run is still to be told.
      for (const one of paused) if (this.#paused.get(one.id) === one) this.#paused.delete(one.id);
      for (const one of progress) if (this.#progress.get(one.id) === one) this.#progress.delete(one.id);
      if (answer.refused.length > 0) {
        this.#log.warn(
          { runs: answer.refused },
          'Results were refused: the runs were taken back, or were known already.',
        );
      }
    }
  }
}
