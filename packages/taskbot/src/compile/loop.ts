import type { BotNode } from '../document/model.ts';
import { type Exec, type LoopId, type Outcome, sequence } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import type { CompileSteps, Context } from './context.ts';
import { type Cursor, compileIteration, compileWhile } from './cursors.ts';
import { find } from './inputs.ts';

/** `Loop.loop.commands.start` in both its kinds. A turn counts as a node, so that even an empty endless loop ends at its budget. */
export function compileLoop(context: Context, node: BotNode, steps: CompileSteps): Exec {
  const kind = find(node.attributes, ['loopType'])?.value;
  const isWhile =
    kind?.kind === 'text' ? kind.text.toUpperCase() === 'WHILE' : find(node.attributes, ['iterator']) === undefined;
  const open = isWhile ? compileWhile(context, node) : compileIteration(context, node);
  const loop: LoopId = { anchor: node.anchor };
  context.loops.push(loop);
  const body = sequence(steps(context, node.children));
  context.loops.pop();
  const { line } = node;
  return (frame) => {
    const cursor = open(frame);
    if (cursor instanceof Promise) return cursor.then((late) => runLoop(new Turns(frame, line, loop, late, body)));
    return runLoop(new Turns(frame, line, loop, cursor, body));
  };
}

function runLoop(turns: Turns): Outcome | Promise<Outcome> {
  let waiting = false;
  try {
    waiting = turns.spin();
    return waiting ? runOn(turns) : turns.outcome;
  } finally {
    if (!waiting) turns.cursor.close?.();
  }
}

async function runOn(turns: Turns): Promise<Outcome> {
  try {
    do await turns.settle();
    while (turns.spin());
    return turns.outcome;
  } finally {
    await turns.cursor.close?.();
  }
}

/**
 * The turns of one loop while it runs. `spin` goes as far as it gets without waiting: a promise anywhere in a turn is
 * awaited by `runOn`, after which the loop spins on. So a loop that waits once in 50,000 nodes is as fast as one that
 * never does, and no chain of promises grows with the turns.
 */
class Turns {
  readonly cursor: Cursor;
  outcome: Outcome;
  readonly #frame: Frame;
  readonly #line: number;
  readonly #loop: LoopId;
  readonly #body: Exec;
  #phase: 'turn' | 'advance' | 'body' = 'turn';
  #waitTurn: Promise<void> | undefined;
  #waitAdvance: Promise<boolean> | undefined;
  #waitBody: Promise<Outcome> | undefined;

  constructor(frame: Frame, line: number, loop: LoopId, cursor: Cursor, body: Exec) {
    this.#frame = frame;
    this.#line = line;
    this.#loop = loop;
    this.cursor = cursor;
    this.#body = body;
  }

  /** True when something must be waited for; false when the loop is over. */
  spin(): boolean {
    const frame = this.#frame;
    const { run } = frame;
    const { cursor } = this;
    const body = this.#body;
    for (;;) {
      if (this.#phase === 'turn') {
        frame.line = this.#line;
        this.#phase = 'advance';
        run.steps += 1;
        if (run.steps >= run.checkAt) {
          this.#waitTurn = run.checkpoint();
          if (this.#waitTurn !== undefined) return true;
        }
      }
      if (this.#phase === 'advance') {
        const more = cursor.advance(frame);
        if (more === false) return false;
        if (more !== true) {
          this.#waitAdvance = more;
          return true;
        }
      }
      this.#phase = 'turn';
      const outcome = body(frame);
      if (outcome !== undefined) {
        if (outcome instanceof Promise) {
          this.#waitBody = outcome;
          return true;
        }
        if (this.#ends(outcome)) return false;
      }
    }
  }

  /** Waits for what stopped the spin, and takes it in. */
  async settle(): Promise<void> {
    if (this.#waitTurn !== undefined) {
      const wait = this.#waitTurn;
      this.#waitTurn = undefined;
      await wait;
    } else if (this.#waitAdvance !== undefined) {
      const wait = this.#waitAdvance;
      this.#waitAdvance = undefined;
      this.#phase = (await wait) ? 'body' : 'advance';
      if (this.#phase === 'advance') this.#finish();
    } else if (this.#waitBody !== undefined) {
      const wait = this.#waitBody;
      this.#waitBody = undefined;
      const outcome = await wait;
      if (outcome !== undefined && this.#ends(outcome)) this.#finish();
    }
  }

  /** After this `spin` finds nothing more to do. */
  #finish(): void {
    this.#phase = 'advance';
    this.cursor.advance = () => false;
  }

  #ends(outcome: NonNullable<Outcome>): boolean {
    if (outcome.kind !== 'stop' && outcome.loop === this.#loop) return outcome.kind === 'break';
    this.outcome = outcome;
    return true;
  }
}
