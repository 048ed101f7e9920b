import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Whoever comes first lends the others nothing of what surrounds him: in his transaction, what they were told is kept would go
 * with it when it fails.
 */
const outside = AsyncLocalStorage.snapshot();

/**
 * Writes that arrive together from many callers become one statement and one commit; each caller gets its own answer.
 *
 * There is no timer: a batch leaves as soon as one of the `lanes` is free, and whatever arrives meanwhile is the next
 * batch. A lone caller therefore waits for nobody. Measured: `npm run bench`, docs/benchmarks.md.
 */
export interface GroupCommit<Input, Output> {
  /** Resolves when the batch this input went with is on disk. */
  submit(input: Input): Promise<Output>;
  /** Resolves when nothing is under way any more. */
  drain(): Promise<void>;
}

export interface GroupCommitOptions<Input, Output> {
  /** Does the whole batch in one transaction; answers stand in the order of the inputs. An Error refuses just that input. */
  readonly run: (batch: readonly Input[]) => Promise<readonly (Output | Error)[]>;
  /** How much an input weighs against `maxWeight`; 1 unless told. */
  readonly weigh?: (input: Input) => number;
  readonly maxWeight?: number;
  readonly lanes?: number;
  /** Off: every input is a batch of its own, at once. For measuring what grouping gains. */
  readonly grouping?: boolean;
}

interface Waiting<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

export function createGroupCommit<Input, Output>(
  options: GroupCommitOptions<Input, Output>,
): GroupCommit<Input, Output> {
  const { run, weigh = () => 1, maxWeight = 1_000, lanes = 2, grouping = true } = options;
  let waiting: Waiting<Input, Output>[] = [];
  let underWay = 0;
  let idle: (() => void)[] = [];

  function take(): Waiting<Input, Output>[] {
    let weight = 0;
    let count = 0;
    for (const { input } of waiting) {
      weight += weigh(input);
      if (count > 0 && weight > maxWeight) break;
      count++;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function settle(batch: Waiting<Input, Output>[]): Promise<void> {
    try {
      const answers = await run(batch.map(({ input }) => input));
      batch.forEach(({ resolve, reject }, i) => {
        const answer = answers[i];
        if (answer instanceof Error) reject(answer);
        else resolve(answer as Output);
      });
    } catch (cause) {
      // One bad input must not refuse its neighbours: each goes again alone and gets its own answer.
      if (batch.length > 1 && !isUnavailable(cause)) await Promise.all(batch.map((one) => settle([one])));
      else for (const { reject } of batch) reject(cause);
    }
  }

  function dispatch(): void {
    while (waiting.length > 0 && (!grouping || underWay < lanes)) {
      const batch = grouping ? take() : waiting.splice(0, 1);
      underWay++;
      void settle(batch).finally(() => {
        underWay--;
        dispatch();
      });
    }
    if (underWay === 0 && waiting.length === 0) {
      for (const wake of idle) wake();
      idle = [];
    }
  }

  return {
    submit: (input) =>
      new Promise((resolve, reject) => {
        waiting.push({ input, resolve, reject });
        // Requests that one turn of the event loop brings in go together.
        if (waiting.length === 1) setImmediate(outside, dispatch);
      }),
    drain: () =>
      new Promise((resolve) => {
        idle.push(resolve);
        outside(dispatch);
      }),
  };
}

function isUnavailable(cause: unknown): boolean {
  return cause instanceof Error && 'status' in cause && cause.status === 503;
}

/** Gives each its own stretch of a list: `dealOut([1, 2, 3], [2, 1])` is `[[1, 2], [3]]`. */
export function dealOut<T>(list: readonly T[], sizes: readonly number[]): T[][] {
  let from = 0;
  return sizes.map((size) => {
    const stretch = list.slice(from, from + size);
    from += size;
    return stretch;
  });
}
