import { ZonedDateTime } from '@js-joda/core';
import { kindOf, readNumber, toNumber, toText } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import { calculate } from '../expression/arithmetic.ts';
import { printExpression } from '../expression/print.ts';
import type { Expression, Head, Reference, Step } from '../expression/syntax.ts';
import type { Getter } from '../run/exec.ts';
import { BotRecord, BotTable, type BotValue, type ValueType } from '../value.ts';
import type { Context } from './context.ts';
import { computed, constant, getterOf, type Source } from './source.ts';

/** A compiled reference: its getter, and its type where that is known before the bot runs. */
export interface CompiledReference {
  readonly type: ValueType;
  readonly get: Getter<BotValue>;
  /** The slot, when the reference is a variable and nothing else. */
  readonly slot: number | undefined;
}

/** How the expressions inside a reference (indexes, keys, arguments) are compiled; handed in, so that neither imports the other. */
export interface Nested {
  readonly text: (context: Context, expression: Expression) => Source<string>;
  readonly number: (context: Context, expression: Expression) => Source<BotValue>;
}

export function compileReference(context: Context, reference: Reference, nested: Nested): CompiledReference {
  let compiled = compileHead(context, reference.head);
  for (const step of reference.steps) compiled = compileStep(context, compiled, step, nested);
  return compiled;
}

function compileHead(context: Context, head: Head): CompiledReference {
  switch (head.kind) {
    case 'variable': {
      const slot = context.variable(head.name);
      if (slot === undefined) return { type: 'ANY', get: () => null, slot: undefined };
      const { index } = slot;
      return { type: slot.variable.type, get: (frame) => frame.slots[index] ?? null, slot: index };
    }
    case 'global': {
      const { name } = head;
      const get: Getter<BotValue> = (frame) => {
        const value = frame.host.globalValue?.(name);
        if (value === undefined) throw new BotError(`There is no global value "${name}"`);
        return value;
      };
      return { type: 'ANY', get, slot: undefined };
    }
    case 'package':
      return compilePackageVariable(context, head.package, head.name);
  }
}

/** `$System:Date$`, and the same as a VARIABLE value with a package name. */
export function compilePackageVariable(context: Context, packageName: string, name: string): CompiledReference {
  const variable = context.registry.packageVariable(packageName, name);
  if (variable === undefined) {
    context.report('unknown-package-variable', `The package ${packageName} has no variable "${name}" here`, {
      packageName,
      command: name,
    });
    return { type: 'ANY', get: () => null, slot: undefined };
  }
  context.runsHere(variable);
  return { type: variable.type, get: (frame) => variable.read(frame.host), slot: undefined };
}

function compileStep(context: Context, subject: CompiledReference, step: Step, nested: Nested): CompiledReference {
  const { get } = subject;
  switch (step.kind) {
    case 'index': {
      const index = compileIndex(context, step.argument, nested);
      if (index.kind === 'constant') {
        const { value } = index;
        return { type: 'ANY', get: (frame) => elementAt(get(frame), value), slot: undefined };
      }
      return { type: 'ANY', get: (frame) => elementAt(get(frame), index.get(frame)), slot: undefined };
    }
    case 'key': {
      const key = getterOf(compileKey(context, step.argument, step.quoted, nested));
      return { type: 'ANY', get: (frame) => memberOf(get(frame), key(frame)), slot: undefined };
    }
    case 'function': {
      const applied = context.registry.packageFunction(step.package, step.name);
      if (applied === undefined) {
        context.report('unknown-function', `The package ${step.package} has no function "${step.name}" here`, {
          packageName: step.package,
          command: step.name,
        });
        return { type: 'ANY', get, slot: undefined };
      }
      context.runsHere(applied);
      const { returns } = applied;
      if (step.argument === undefined || step.argument.parts.length === 0) {
        return { type: returns, get: (frame) => applied.apply(get(frame), undefined, frame.host), slot: undefined };
      }
      const argument = getterOf(compileArgument(context, step.argument, step.quoted, nested));
      return { type: returns, get: (frame) => applied.apply(get(frame), argument(frame), frame.host), slot: undefined };
    }
  }
}

/** A formula gives a position; any other text (`$row[Name]$`) names a column. */
function compileIndex(context: Context, argument: Expression, nested: Nested): Source<BotValue> {
  const text = printExpression(argument);
  const isPlain = argument.parts.every((part) => part.kind === 'text');
  if (isPlain) return constant<BotValue>(calculate(text) ?? unquoted(text));
  const only = argument.parts.length === 1 ? argument.parts[0] : undefined;
  if (only?.kind === 'reference') {
    const { get } = compileReference(context, only, nested);
    return computed((frame) => {
      const value = get(frame);
      return typeof value === 'string' ? (readNumber(value) ?? value) : value;
    });
  }
  return nested.number(context, argument);
}

function compileKey(context: Context, argument: Expression, quoted: boolean, nested: Nested): Source<string> {
  const text = nested.text(context, argument);
  return quoted || text.kind === 'computed' ? text : constant(unquoted(text.value));
}

/** An argument that is one reference keeps its type; anything else is text. */
function compileArgument(context: Context, argument: Expression, quoted: boolean, nested: Nested): Source<BotValue> {
  const only = argument.parts.length === 1 ? argument.parts[0] : undefined;
  if (only?.kind === 'reference' && !quoted) return computed(compileReference(context, only, nested).get);
  return compileKey(context, argument, quoted, nested);
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^".*"$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}

function elementAt(subject: BotValue, index: BotValue): BotValue {
  if (subject instanceof Map || (subject instanceof BotRecord && typeof index !== 'number')) {
    return memberOf(subject, toText(index));
  }
  const at = toNumber(index);
  const [items, size] =
    subject instanceof BotRecord
      ? [subject.values, subject.values.length]
      : Array.isArray(subject)
        ? [subject, subject.length]
        : subject instanceof BotTable
          ? [undefined, subject.rows.length]
          : [undefined, -1];
  if (size < 0) throw new BotError(`An index needs a list, a record or a table, but this is ${kindOf(subject)}`);
  if (!Number.isInteger(at) || at < 0 || at >= size) {
    throw new BotError(`The index ${at} is outside ${kindOf(subject)} of ${size}`);
  }
  if (items !== undefined) return items[at] ?? null;
  return subject instanceof BotTable ? new BotRecord(subject.columns, subject.rows[at] ?? []) : null;
}

/** The column as written, which most are; else without letter case. */
function columnAt({ columns }: BotRecord, name: string): number {
  for (let at = 0; at < columns.length; at++) if (columns[at]?.name === name) return at;
  const lower = name.toLowerCase();
  return columns.findIndex((column) => column.name.toLowerCase() === lower);
}

function memberOf(subject: BotValue, key: string): BotValue {
  if (subject instanceof Map) {
    const value = subject.get(key);
    if (value !== undefined) return value;
    const lower = key.toLowerCase();
    for (const [name, other] of subject) if (name.toLowerCase() === lower) return other;
    throw new BotError(`The dictionary has no key "${key}"`);
  }
  if (subject instanceof BotRecord) {
    const at = columnAt(subject, key);
    if (at >= 0) return subject.values[at] ?? null;
    const position = readNumber(key);
    if (position !== undefined) return elementAt(subject, position);
    throw new BotError(`The record has no column "${key}"`);
  }
  if (subject instanceof ZonedDateTime || subject === null || typeof subject !== 'object') {
    throw new BotError(`A key needs a dictionary or a record, but this is ${kindOf(subject)}`);
  }
  return elementAt(subject, readNumber(key) ?? key);
}
