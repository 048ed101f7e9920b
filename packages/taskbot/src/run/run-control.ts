/** Where a run is: the bot (which may be a sub-bot), its editor line, and how many nodes have run so far. */
export interface Progress {
  readonly botPath: string;
  readonly line: number;
  readonly steps: number;
}

/** What a run lets its control do. */
export interface Controlled {
  progress(): Progress;
  /** The control has changed: look at it before the next node. */
  attend(): void;
}

/** The hand on a run: give one to `run` and use it from anywhere. One control serves one run. */
export class RunControl {
  #stopReason: string | undefined;
  #paused = false;
  #run: Controlled | undefined;
  readonly #onHold: ((held: boolean) => void) | undefined;

  /** @param onHold hears when the run really stands still before a node, and when it goes on */
  constructor(onHold?: (held: boolean) => void) {
    this.#onHold = onHold;
  }

  /** Ends the run before its next node; an action that waits is told through `host.signal`. */
  stop(reason = 'The run was stopped'): void {
    this.#stopReason ??= reason;
    this.#run?.attend();
  }

  /** Holds the run before its next node. */
  pause(): void {
    this.#paused = true;
    this.#run?.attend();
  }

  resume(): void {
    this.#paused = false;
    this.#run?.attend();
  }

  get paused(): boolean {
    return this.#paused;
  }

  get stopReason(): string | undefined {
    return this.#stopReason;
  }

  /** Undefined before the run has begun. */
  get progress(): Progress | undefined {
    return this.#run?.progress();
  }

  /** Called by the run itself. */
  tellHold(held: boolean): void {
    this.#onHold?.(held);
  }

  /** Called by the run itself. */
  attach(run: Controlled): void {
    if (this.#run !== undefined) throw new Error('This RunControl already has a run');
    this.#run = run;
  }
}
