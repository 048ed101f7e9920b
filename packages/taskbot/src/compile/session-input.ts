import { toText } from '../conversion.ts';
import type { TypedValue } from '../document/model.ts';
import { parseExpression } from '../expression/parse.ts';
import { ExpressionError } from '../expression/syntax.ts';
import type { Frame } from '../run/frame.ts';
import type { BotValue, ValueType } from '../value.ts';
import type { Context } from './context.ts';
import { singleReference } from './expressions.ts';
import type { Slot } from './scope.ts';
import { computed, getterOf, type Source } from './source.ts';
import { compileValue } from './values.ts';

/**
 * An attribute that is about a session. Documents address one by a text, by a SESSION value with a name, or by a SESSION
 * variable, and packages want it as a session, as its name, or as either. All of them meet here:
 *
 * - wanted SESSION: the open session, found by name where a name is given;
 * - wanted ANY: the open session, else the name, under which an opening action then opens one;
 * - wanted STRING: the name.
 *
 * @returns undefined when the value has nothing to do with sessions
 */
export function compileSessionInput(
  context: Context,
  value: TypedValue,
  wanted: ValueType,
  packageName: string,
): Source | undefined {
  if (wanted !== 'SESSION' && wanted !== 'ANY' && wanted !== 'STRING') return undefined;
  if (value.kind === 'session') {
    const name = getterOf(compileValue(context, value.sessionName, packageName));
    const { global } = value;
    return computed((frame) => byName(frame, packageName, toText(name(frame)), wanted, global));
  }
  const slot = sessionVariable(context, value);
  if (slot !== undefined) {
    const { index, variable } = slot;
    const given = variable.defaultValue;
    const [name, global] =
      given?.kind === 'session'
        ? [getterOf(compileValue(context, given.sessionName, packageName)), given.global]
        : [() => variable.name, false];
    return computed((frame) => {
      const held = frame.slots[index] ?? null;
      // Nothing put into the variable yet: it stands for the session of its name.
      return held === null || wanted === 'STRING'
        ? byName(frame, packageName, toText(name(frame)), wanted, global)
        : held;
    });
  }
  if (wanted !== 'SESSION') return undefined;
  const source = getterOf(compileValue(context, textOf(value), packageName));
  return computed((frame) => {
    const found = source(frame);
    return typeof found === 'string' && found !== '' ? frame.sessions.get(packageName, found) : found;
  });
}

function byName(frame: Frame, packageName: string, name: string, wanted: ValueType, global: boolean): BotValue {
  if (global) frame.sessions.makeGlobal(packageName, name);
  if (wanted === 'STRING') return name;
  if (wanted === 'SESSION') return frame.sessions.get(packageName, name);
  return frame.sessions.find(packageName, name) ?? name;
}

/** `{type: SESSION, string: "x"}` is read as empty; a SESSION expression that joins text makes a name. */
function textOf(value: TypedValue): TypedValue {
  return value.kind === 'expression' && value.type === 'SESSION' && !isReference(value.expression)
    ? { ...value, type: 'STRING' }
    : value;
}

function sessionVariable(context: Context, value: TypedValue): Slot | undefined {
  const name =
    value.kind === 'variable' && value.packageName === undefined
      ? value.variableName
      : value.kind === 'expression'
        ? variableOf(value.expression)
        : undefined;
  const slot = name === undefined ? undefined : context.scope.find(name);
  return slot?.variable.type === 'SESSION' ? slot : undefined;
}

function isReference(expression: string): boolean {
  try {
    return singleReference(parseExpression(expression)) !== undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return true; // reported where it is compiled
    throw error;
  }
}

/** The name of the variable, when the expression is a bare reference to one. */
function variableOf(expression: string): string | undefined {
  try {
    const reference = singleReference(parseExpression(expression));
    return reference?.steps.length === 0 && reference.head.kind === 'variable' ? reference.head.name : undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}
