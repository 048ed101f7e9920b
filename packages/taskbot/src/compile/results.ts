import { toText } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import type { Binding, ReturnTo } from '../document/model.ts';
import type { Frame } from '../run/frame.ts';
import { BotRecord, BotSession, type BotValue } from '../value.ts';
import type { Context } from './context.ts';
import { type Setter, setterOf } from './scope.ts';
import { getterOf } from './source.ts';
import { compileValue } from './values.ts';

/** Takes what an action, iterator or sub-bot gave to where the document wants it; undefined when it wants it nowhere. */
export function compileReturn(
  context: Context,
  returnTo: ReturnTo | undefined,
  packageName: string,
): Setter | undefined {
  if (returnTo === undefined) return undefined;
  switch (returnTo.kind) {
    case 'variable': {
      const slot = context.writable(returnTo.variableName);
      return slot === undefined ? undefined : setterOf(slot);
    }
    case 'dictionary':
      return compileBindings(context, returnTo.bindings);
    case 'session': {
      const name = getterOf(compileValue(context, returnTo.sessionName, packageName));
      return (frame, value) => {
        if (!(value instanceof BotSession)) throw new BotError('The action gave no session to keep');
        frame.host.sessions.open(packageName, toText(name(frame)), value);
      };
    }
  }
}

/** Binds keys of a dictionary, or columns of a record, to variables. A key that is not there leaves its variable alone. */
export function compileBindings(context: Context, bindings: readonly Binding[]): Setter {
  const setters = bindings.flatMap(({ key, variableName }) => {
    const slot = context.writable(variableName);
    return slot === undefined ? [] : [{ key: key.toLowerCase(), set: setterOf(slot) }];
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
