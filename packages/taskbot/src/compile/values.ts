import { convertTo, emptyOf, toText } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import type { TypedValue } from '../document/model.ts';
import { type Json, opaqueFrom } from '../json.ts';
import type { Getter } from '../run/exec.ts';
import { BotCredential, type BotOpaque, BotRecord, BotTable, type BotValue } from '../value.ts';
import type { Context } from './context.ts';
import { compileExpression } from './expressions.ts';
import { compilePackageVariable } from './references.ts';
import { secretKey } from './secrets.ts';
import { computed, constant, getterOf, type Source } from './source.ts';

/**
 * A typed value of the document as a source. Lists, dictionaries, records and tables are made anew at each asking, so
 * that an action that changes one changes no other turn's.
 *
 * @param packageName whose sessions a session name means
 */
export function compileValue(context: Context, value: TypedValue, packageName: string): Source {
  const nested = (inner: TypedValue) => getterOf(compileValue(context, inner, packageName));
  switch (value.kind) {
    case 'empty':
      return isShared(value.type) ? constant(emptyOf(value.type)) : computed(() => emptyOf(value.type));
    case 'expression':
      return compileExpression(context, value.expression, value.type);
    case 'text':
      return compileLiteral(context, value.type, value.text);
    case 'number':
      return constant(value.number);
    case 'boolean':
      return constant(value.boolean);
    case 'list': {
      const items = value.items.map(nested);
      return computed((frame) => items.map((item) => item(frame)));
    }
    case 'dictionary': {
      const entries = value.entries.map((entry) => [entry.key, nested(entry.value)] as const);
      return computed((frame) => new Map(entries.map(([key, item]) => [key, item(frame)])));
    }
    case 'record': {
      const { columns } = value;
      const values = columns
        .map((_, at) => value.values[at])
        .map((item) => (item === undefined ? () => null : nested(item)));
      return computed(
        (frame) =>
          new BotRecord(
            columns,
            values.map((item) => item(frame)),
          ),
      );
    }
    case 'table': {
      const { columns } = value;
      const rows = value.rows.map((row) =>
        columns.map((_, at) => row[at]).map((item) => (item ? nested(item) : () => null)),
      );
      return computed(
        (frame) =>
          new BotTable(
            [...columns],
            rows.map((row) => row.map((item) => item(frame))),
          ),
      );
    }
    case 'variable': {
      if (value.packageName !== undefined) {
        return computed(compilePackageVariable(context, value.packageName, value.variableName).get);
      }
      const slot = context.variable(value.variableName);
      if (slot === undefined) return computed(() => null);
      const { index } = slot;
      return computed((frame) => frame.slots[index] ?? null);
    }
    case 'variables':
      return computed(compileVariables(context, value.filter, value.names));
    case 'credential': {
      const { name, lockerName, attributeName } = value;
      const key = secretKey({ name, lockerName, attributeName });
      return computed((frame) => {
        const credential = frame.secrets?.get(key) ?? frame.host.credential?.({ name, lockerName, attributeName });
        if (credential instanceof BotCredential) return credential;
        throw new BotError(`The credential "${name}" cannot be used in this place. Keep it in a variable first`);
      });
    }
    case 'session': {
      const name = nested(value.sessionName);
      const { global } = value;
      return computed((frame) => {
        const text = toText(name(frame));
        if (global) frame.sessions.makeGlobal(packageName, text);
        return frame.sessions.get(packageName, text);
      });
    }
    case 'member':
      return constant(value.name);
    case 'opaque':
      return compileOpaque(context, value);
    case 'taskbot':
      return compileValue(context, value.file, packageName);
  }
}

type OpaqueValue = Extract<TypedValue, { kind: 'opaque' }>;

/** As it stands in the document, expressions inside unread. */
export function opaqueOf(value: OpaqueValue): BotOpaque {
  // The payload came out of JSON.parse.
  return opaqueFrom(value.type, value.payload as { readonly [key: string]: Json });
}

/**
 * Values inside (a criterion of a captured control, the window it is in) may be expressions. At each asking a text has
 * as its `string` what the expression gives then, and everything else is replaced by it.
 */
function compileOpaque(context: Context, value: OpaqueValue): Source {
  const inner: { readonly path: readonly string[]; readonly key: string; readonly get: Getter<BotValue> }[] = [];
  const look = (place: BotValue, path: readonly string[], key: string): void => {
    if (!(place instanceof Map)) return;
    const [type, expression] = [place.get('type'), place.get('expression')];
    if (typeof type === 'string' && typeof expression === 'string' && expression !== '') {
      const isText = type === 'STRING';
      const get = getterOf(compileExpression(context, expression, isText ? 'STRING' : 'ANY'));
      inner.push(isText ? { path: [...path, key], key: 'string', get } : { path, key, get });
    } else for (const [name, item] of place) look(item, [...path, key], name);
  };
  for (const [key, item] of opaqueOf(value)) look(item, [], key);
  return computed((frame) => {
    const made = opaqueOf(value);
    for (const { path, key, get } of inner) {
      const place = path.reduce<BotValue>((at, step) => (at instanceof Map ? (at.get(step) ?? null) : null), made);
      if (place instanceof Map) place.set(key, key === 'string' ? toText(get(frame)) : get(frame));
    }
    return made;
  });
}

/** The variables of a VARIABLEMAP by their names: those listed, else those of the types in the filter, else all. */
function compileVariables(context: Context, filter: readonly string[], names: readonly string[]): Getter<BotValue> {
  const types = new Set(filter.map((type) => type.toUpperCase()));
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const slots = context.scope.slots.filter(({ variable }) =>
    wanted.size > 0 ? wanted.has(variable.name.toLowerCase()) : types.size === 0 || types.has(variable.type),
  );
  return (frame) => new Map(slots.map(({ index, variable }) => [variable.name, frame.slots[index] ?? null]));
}

function compileLiteral(context: Context, type: TypedValue['type'], text: string): Source {
  try {
    // A FILE's text lost its scheme and percent signs when it was read.
    return constant(type === 'FILE' ? text : convertTo(type, text));
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    context.report('bad-value', error.message);
    return computed(() => null);
  }
}

function isShared(type: TypedValue['type']): boolean {
  return type !== 'LIST' && type !== 'DICTIONARY' && type !== 'RECORD' && type !== 'TABLE';
}
