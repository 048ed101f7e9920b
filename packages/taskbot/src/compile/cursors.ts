import { toBoolean, toNumber } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import type { BotAttribute, BotNode } from '../document/model.ts';
import type { Frame } from '../run/frame.ts';
import type { BotValue } from '../value.ts';
import { compileCondition } from './conditions.ts';
import type { Context } from './context.ts';
import { compileInput, find } from './inputs.ts';
import { compileReturn } from './results.ts';
import type { Setter } from './scope.ts';
import { fetchSecrets } from './secrets.ts';
import { getterOf } from './source.ts';
import { compileValue } from './values.ts';

/** What a loop goes over, during one run of it. */
export interface Cursor {
  /** Begins the next turn, with the loop's variable set; false when there is none. */
  advance: (frame: Frame) => boolean | Promise<boolean>;
  /** Called once, however the loop ends. */
  readonly close?: () => void | Promise<void>;
}

export type OpenCursor = (frame: Frame) => Cursor | Promise<Cursor>;

/** WHILE; with `checkConditionAtEnd` the first turn is not asked for. */
export function compileWhile(context: Context, node: BotNode): OpenCursor {
  const test = compileCondition(context, find(node.attributes, ['condition']));
  const atEnd = find(node.attributes, ['checkConditionAtEnd'])?.value;
  const checksAtEnd = atEnd === undefined ? () => false : getterOf(compileValue(context, atEnd, 'Loop'));
  return (frame) => {
    let skip = toBoolean(checksAtEnd(frame));
    return {
      advance: (current) => {
        if (!skip) return test(current);
        skip = false;
        return true;
      },
    };
  };
}

/** ITERATOR: the counter is the interpreter's own, all others are the packages'. */
export function compileIteration(context: Context, node: BotNode): OpenCursor {
  const attribute = find(node.attributes, ['iterator']);
  if (attribute?.value.kind !== 'member') {
    context.report('missing-attribute', 'The loop has no iterator. Choose what it goes over, or disable it');
    return () => ({ advance: () => false });
  }
  const { packageName, name } = attribute.value;
  if (packageName.toLowerCase() === 'loop' && name.toLowerCase() === 'loop.iterators.times') {
    return compileTimes(context, attribute, compileReturn(context, attribute.returnTo, packageName, 'NUMBER'));
  }
  const iterator = context.registry.iterator(packageName, name);
  if (iterator === undefined) {
    context.reportUnknown('iterator', packageName, name);
    return () => ({ advance: () => false });
  }
  const set = compileReturn(context, attribute.returnTo, packageName, iterator.yields);
  context.runsHere(iterator);
  const { build, secrets } = compileInput(context, iterator, attribute.attributes);
  const { iterate } = iterator;
  // `build` makes the object that the declaration's attributes describe; the catalogue erased its exact type.
  type Input = Parameters<typeof iterate>[0];
  if (secrets.length === 0) return (frame) => cursorOver(iterate(build(frame) as Input, frame.host), set);
  return async (frame) => {
    await fetchSecrets(frame, secrets);
    return cursorOver(iterate(build(frame) as Input, frame.host), set);
  };
}

/** Counts from 1. The number of turns is fixed when the loop begins. */
function compileTimes(context: Context, attribute: BotAttribute, set: Setter | undefined): OpenCursor {
  const value = find(attribute.attributes, ['times'])?.value;
  if (value === undefined || value.kind === 'empty') {
    context.report(
      'missing-attribute',
      'Loop.loop.iterators.times: times is not given. Fill it in, or disable the line',
      {
        packageName: 'Loop',
        command: 'loop.iterators.times',
      },
    );
    return () => ({ advance: () => false });
  }
  const times = getterOf(compileValue(context, value, 'Loop'));
  return (frame) => {
    const last = toNumber(times(frame));
    if (!(last >= 0)) throw new BotError(`A loop cannot turn ${last} times`);
    let turn = 0;
    return {
      advance: (current) => {
        if (turn + 1 > last) return false;
        turn += 1;
        if (set !== undefined) set(current, turn);
        return true;
      },
    };
  };
}

function cursorOver(items: Iterable<BotValue> | AsyncIterable<BotValue>, set: Setter | undefined): Cursor {
  return Symbol.asyncIterator in items ? asyncCursor(items, set) : syncCursor(items, set);
}

function syncCursor(items: Iterable<BotValue>, set: Setter | undefined): Cursor {
  const iterator = items[Symbol.iterator]();
  let exhausted = false;
  return {
    advance: (frame) => {
      const next = iterator.next();
      if (next.done === true) {
        exhausted = true;
        return false;
      }
      if (set !== undefined) set(frame, next.value);
      return true;
    },
    close: () => {
      if (!exhausted) iterator.return?.();
    },
  };
}

function asyncCursor(items: AsyncIterable<BotValue>, set: Setter | undefined): Cursor {
  const iterator = items[Symbol.asyncIterator]();
  let exhausted = false;
  return {
    advance: async (frame) => {
      const next = await frame.run.await(iterator.next());
      if (next.done === true) {
        exhausted = true;
        return false;
      }
      if (set !== undefined) set(frame, next.value);
      return true;
    },
    close: async () => {
      // An iterator that still waits would never answer its own closing.
      if (exhausted) return;
      const closing = Promise.resolve(iterator.return?.()).catch(() => undefined);
      await Promise.race([closing, new Promise((resolve) => setImmediate(resolve))]);
    },
  };
}
