import { toBoolean, toNumber } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import type { BotNode } from '../document/model.ts';
import type { Exec } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import { compileCondition, type Test } from './conditions.ts';
import type { Context } from './context.ts';
import { find } from './inputs.ts';
import { getterOf } from './source.ts';
import { compileValue } from './values.ts';

const POLL_MS = 200;
const DEFAULT_SECONDS = 15;

/**
 * Wait.waitForCondition: asks a condition, or a chain of them, until it holds. `waitTimeout` in seconds and
 * `isThrowException` are named as in the other Wait commands (contract bots §1.17); the condition's own name and the
 * default time are [inferred].
 */
export function compileWaitForCondition(context: Context, node: BotNode): Exec {
  const test = compileCondition(context, find(node.attributes, ['condition', 'conditions']));
  const given = (names: readonly string[]) => {
    const value = find(node.attributes, names)?.value;
    return value === undefined || value.kind === 'empty' ? undefined : getterOf(compileValue(context, value, 'Wait'));
  };
  const seconds = given(['waitTimeout', 'timeout']);
  const throws = given(['isThrowException', 'throwException']);
  return async (frame) => {
    const limit = seconds === undefined ? DEFAULT_SECONDS : toNumber(seconds(frame));
    if (await holdsInTime(test, limit, frame)) return undefined;
    if (throws !== undefined && toBoolean(throws(frame))) {
      throw new BotError(`The condition did not hold within ${limit} s. Give it more time, or catch this error`);
    }
    return undefined;
  };
}

async function holdsInTime(test: Test, seconds: number, frame: Frame): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    if (await test(frame)) return true;
    const left = end - performance.now();
    if (left <= 0) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(POLL_MS, left));
    try {
      await frame.run.await(promise);
    } finally {
      clearTimeout(timer);
    }
  }
}
