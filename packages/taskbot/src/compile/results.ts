import { toText } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import type { Binding, ReturnTo } from '../document/model.ts';
import type { Frame } from '../run/frame.ts';
import { BotRecord, BotSession, type BotValue, type ValueType } from '../value.ts';
import type { Context } from './context.ts';
import type { Setter, Slot } from './scope.ts';
import { getterOf } from './source.ts';
import { fits, typeWords } from './static-type.ts';
import { compileValue } from './values.ts';

/** Takes what an action, iterator or sub-bot gave to where the document wants it; undefined when it wants it nowhere. */
export function compileReturn(
  context: Context,
  returnTo: ReturnTo | undefined,
  packageName: string,
  gives: ValueType = 'ANY',
): Setter | undefined {
  if (returnTo === undefined) return undefined;
  switch (returnTo.kind) {
    case 'variable': {
      const slot = context.writable(returnTo.variableName);
      if (slot !== undefined) checkResult(context, gives, slot);
      return slot === undefined ? undefined : slot.set;
    }
    case 'dictionary':
      if (fits({ type: gives, item: 'ANY', what: '' }, 'DICTIONARY') === 'no') {
        const what = typeWords(gives);
        context.report(
          'type-mismatch',
          `The result is ${what}, which has no members to put into several variables. Take it into one variable`,
        );
      }
      return compileBindings(context, returnTo.bindings);
    case 'session': {
      const name = getterOf(compileValue(context, returnTo.sessionName, packageName));
      const { global } = returnTo;
      return (frame, value) => {
        if (!(value instanceof BotSession)) throw new BotError('The action gave no session to keep');
        const text = toText(name(frame));
        if (global) frame.sessions.makeGlobal(packageName, text);
        // The action may have opened it under that very name already.
        if (frame.sessions.find(packageName, text) !== value) frame.sessions.open(packageName, text, value);
      };
    }
  }
}

/** Says so when what comes back can never stand in the variable, or only by luck. */
function checkResult(context: Context, gives: ValueType, { variable }: Slot): void {
  const fit = fits({ type: gives, item: 'ANY', what: '' }, variable.type);
  if (fit === 'yes') return;
  context.report(
    fit === 'no' ? 'type-mismatch' : 'suspicious-type',
    `The result is ${typeWords(gives)}, but the variable "${variable.name}" is ${typeWords(variable.type)}. Take it into a variable of type ${gives}`,
  );
}

/** Binds keys of a dictionary, or columns of a record, to variables. A key that is not there leaves its variable alone. */
export function compileBindings(context: Context, bindings: readonly Binding[]): Setter {
  const setters = bindings.flatMap(({ key, variableName }) => {
    const slot = context.writable(variableName);
    return slot === undefined ? [] : [{ key: key.toLowerCase(), set: slot.set }];
  });
  return (frame, value) => {
    for (const [name, member] of membersOf(value)) {
      const lower = name.toLowerCase();
      for (const { key, set } of setters) if (key === lower) set(frame, member);
    }
  };
}

/** Remembers a session that left an action, so that it is closed when the run ends. */
export function keep(frame: Frame, value: BotValue | undefined): void {
  if (value instanceof BotSession) frame.run.keep(value);
}

function membersOf(value: BotValue): Iterable<readonly [string, BotValue]> {
  if (value instanceof Map) return value;
  if (value instanceof BotRecord)
    return value.columns.map((column, at) => [column.name, value.values[at] ?? null] as const);
  throw new BotError('Only a dictionary or a record can be bound to several variables');
}
