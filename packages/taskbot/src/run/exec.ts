import type { Frame } from './frame.ts';

/** How a node ends other than by going on: out of a loop, to its next turn, or out of the bot. */
export type Jump = { readonly kind: 'break' | 'continue'; readonly loop: LoopId } | { readonly kind: 'stop' };

/** Stands for one loop of a document; compared by identity. */
export interface LoopId {
  readonly anchor: string | undefined;
}

export const STOP: Jump = { kind: 'stop' };

export type Outcome = Jump | undefined;

/** A compiled node. Returns at once where it can; a promise only where an action (or a pause) made one. */
export type Exec = (frame: Frame) => Outcome | Promise<Outcome>;

/** A value at the time it is asked for. */
export type Getter<T> = (frame: Frame) => T;

/** A compiled node with its editor line. */
export interface Step {
  readonly line: number;
  readonly exec: Exec;
}

/**
 * Nodes one after another. The hot path of the interpreter: per node it sets the line, counts, compares and calls.
 * Measured by bench/src/interpreter.ts on one of two shared cores, Node 26: 40 million nodes a second (a million turns,
 * in each an addition, an If that holds and the addition inside it).
 */
export function sequence(steps: readonly Step[]): Exec {
  const execs = steps.map((step) => step.exec);
  const lines = steps.map((step) => step.line);
  const count = execs.length;
  return (frame) => {
    const { run } = frame;
    for (let at = 0; at < count; at++) {
      frame.line = lines[at] as number; // `at` is below the length of both
      run.steps += 1;
      if (run.steps >= run.checkAt) {
        const wait = run.checkpoint();
        if (wait !== undefined) return afterWait(wait, steps, at, frame);
      }
      const outcome = (execs[at] as Exec)(frame);
      if (outcome !== undefined) {
        return outcome instanceof Promise ? goOn(outcome, steps, at + 1, frame) : outcome;
      }
    }
    return undefined;
  };
}

async function afterWait(wait: Promise<void>, steps: readonly Step[], at: number, frame: Frame): Promise<Outcome> {
  await wait;
  const step = steps[at];
  return step === undefined ? undefined : goOn(Promise.resolve(step.exec(frame)), steps, at + 1, frame);
}

async function goOn(pending: Promise<Outcome>, steps: readonly Step[], next: number, frame: Frame): Promise<Outcome> {
  let outcome = await pending;
  const { run } = frame;
  for (let at = next; outcome === undefined && at < steps.length; at++) {
    const step = steps[at];
    if (step === undefined) break;
    frame.line = step.line;
    run.steps += 1;
    if (run.steps >= run.checkAt) await run.checkpoint();
    const result = step.exec(frame);
    outcome = result instanceof Promise ? await result : result;
  }
  return outcome;
}
