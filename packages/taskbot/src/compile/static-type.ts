import type { TypedValue } from '../document/model.ts';
import { parseExpression } from '../expression/parse.ts';
import { ExpressionError, type Reference } from '../expression/syntax.ts';
import type { ValueType } from '../value.ts';
import type { Context } from './context.ts';

/** What is known of a value before the bot runs. */
export interface KnownType {
  readonly type: ValueType;
  /** Of a LIST: the type of its items, where the document says one. */
  readonly item: ValueType;
  /** For messages: `the variable "x"`, `a list`. */
  readonly what: string;
}

/** The type of a value, where the document fixes it; undefined when only a run can tell. Reports nothing. */
export function knownType(context: Context, value: TypedValue): KnownType | undefined {
  switch (value.kind) {
    case 'number':
    case 'boolean':
    case 'record':
    case 'dictionary':
    case 'table':
      return { type: value.kind.toUpperCase() as ValueType, item: 'ANY', what: `a ${value.kind}` };
    case 'list':
      return { type: 'LIST', item: itemOf(value.items), what: 'a list' };
    case 'variable':
      if (value.packageName !== undefined) return packageVariable(context, value.packageName, value.variableName);
      return ofVariable(context, value.variableName);
    case 'expression':
      return ofExpression(context, value.expression);
    default:
      return undefined;
  }
}

export type Fit = 'yes' | 'hardly' | 'no';

const TEXTS: ReadonlySet<ValueType> = new Set(['STRING', 'FILE', 'PATTERN', 'REGEX']);
const SCALARS: ReadonlySet<ValueType> = new Set(['STRING', 'FILE', 'NUMBER', 'BOOLEAN', 'DATETIME']);
const UNKNOWN: ReadonlySet<ValueType> = new Set(['ANY', 'UNDEFINED', 'VARIABLE']);

/**
 * Whether a value of one type can become one of another (conversion.ts says how). `no`: never, whatever it holds.
 * `hardly`: only a text or list that happens to be right, or an empty text where nothing must be given.
 */
export function fits(from: KnownType, to: ValueType): Fit {
  if (from.type === to || UNKNOWN.has(from.type)) return 'yes';
  switch (to) {
    case 'NUMBER':
    case 'BOOLEAN':
    case 'DATETIME':
    case 'SESSION':
      return TEXTS.has(from.type) ? 'yes' : 'no';
    case 'DICTIONARY':
      if (from.type === 'RECORD' || !KNOWN_STRUCTURES.has(from.type)) return 'yes';
      return TEXTS.has(from.type) ? 'hardly' : 'no';
    case 'RECORD':
      if (from.type === 'DICTIONARY') return 'yes';
      return TEXTS.has(from.type) ? 'hardly' : 'no';
    case 'TABLE':
      if (from.type === 'LIST') return SCALARS.has(from.item) ? 'no' : 'hardly';
      return TEXTS.has(from.type) ? 'hardly' : 'no';
    case 'LIST':
      return TEXTS.has(from.type) ? 'hardly' : 'no';
    default:
      return 'yes';
  }
}

/** Types of which it is known that they are no dictionaries; WINDOW, FORM and the like are, of their JSON. */
const KNOWN_STRUCTURES: ReadonlySet<ValueType> = new Set([
  ...SCALARS,
  ...TEXTS,
  'LIST',
  'TABLE',
  'SESSION',
  'CREDENTIAL',
]);

/** A type in the words of a message. */
export function typeWords(type: ValueType): string {
  return type === 'DATETIME' ? 'a date' : `a ${type.toLowerCase()}`;
}

function ofVariable(context: Context, name: string): KnownType | undefined {
  const variable = context.scope.find(name)?.variable;
  return variable && { type: variable.type, item: variable.subtype, what: `the variable "${variable.name}"` };
}

function packageVariable(context: Context, packageName: string, name: string): KnownType | undefined {
  const variable = context.registry.packageVariable(packageName, name);
  return variable && { type: variable.type, item: 'ANY', what: `$${packageName}:${name}$` };
}

function ofExpression(context: Context, text: string): KnownType | undefined {
  try {
    const [only, more] = parseExpression(text).parts;
    return more === undefined && only?.kind === 'reference' ? ofReference(context, only) : undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return undefined; // reported where it is compiled
    throw error;
  }
}

/** A bare reference has its variable's type, one that ends in a function what that gives; elements may be anything. */
function ofReference(context: Context, { head, steps }: Reference): KnownType | undefined {
  const last = steps.at(-1);
  if (last?.kind === 'function') {
    const applied = context.registry.packageFunction(last.package, last.name);
    return applied && { type: applied.returns, item: 'ANY', what: `what ${last.package}:${last.name} gives` };
  }
  if (last !== undefined || head.kind === 'global') return undefined;
  return head.kind === 'variable' ? ofVariable(context, head.name) : packageVariable(context, head.package, head.name);
}

/** One type for all items, else any. */
function itemOf(items: readonly TypedValue[]): ValueType {
  const [first] = items;
  if (first === undefined || first.kind === 'expression' || first.kind === 'variable') return 'ANY';
  return items.every((item) => item.type === first.type) ? first.type : 'ANY';
}
