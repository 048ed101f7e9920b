import { ZonedDateTime } from '@js-joda/core';
import { convertTo, toNumber, toText } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import { type Arithmetic, type Operator, operate, parseArithmetic } from '../expression/arithmetic.ts';
import { divide, minus, plus, times } from '../expression/decimal.ts';
import { parseExpression } from '../expression/parse.ts';
import { type Expression, ExpressionError, type Reference } from '../expression/syntax.ts';
import { decodePercent, withoutScheme } from '../file-path.ts';
import type { Getter } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import { checkSize } from '../size-limits.ts';
import type { BotValue, ValueType } from '../value.ts';
import type { Context } from './context.ts';
import { compileReference, type Nested } from './references.ts';
import { computed, constant, getterOf, mapSource, type Source } from './source.ts';

/**
 * An `expression` in a slot of the given type: arithmetic for numbers and dates, one reference as it is for structures,
 * text with values put in for all else.
 */
export function compileExpression(context: Context, text: string, type: ValueType): Source {
  try {
    const expression = parseExpression(text);
    switch (type) {
      case 'NUMBER':
        return compileNumber(context, expression);
      case 'STRING':
        return compileText(context, expression);
      case 'FILE':
        return compileFile(context, expression);
      case 'DATETIME':
        return compileDate(context, expression);
      default: {
        const only = singleReference(expression);
        if (only !== undefined) return computed(compileReference(context, only, nested).get);
        return mapSource(compileText(context, expression), (joined) => convertTo(type, joined));
      }
    }
  } catch (error) {
    if (error instanceof BotError) context.report('bad-value', error.message);
    else if (error instanceof ExpressionError) {
      context.report('bad-expression', `The expression ${JSON.stringify(text)} cannot be read. ${error.message}`);
    } else throw error;
    // Not a constant: what is reported here must not be reported again as an empty attribute.
    return computed(() => null);
  }
}

/** The reference, when the expression is one and nothing else. */
export function singleReference(expression: Expression): Reference | undefined {
  const [only, more] = expression.parts;
  return more === undefined && only?.kind === 'reference' ? only : undefined;
}

const nested: Nested = { text: compileText, number: compileNumber };

/** Text with the values of its references put in. */
export function compileText(context: Context, expression: Expression): Source<string> {
  const pieces: (string | Getter<BotValue>)[] = [];
  for (const part of expression.parts) {
    const piece =
      part.kind === 'text' ? part.text : part.kind === 'dollar' ? '$' : compileReference(context, part, nested).get;
    const last = pieces.length - 1;
    const before = pieces[last];
    if (typeof piece === 'string' && typeof before === 'string') pieces[last] = before + piece;
    else pieces.push(piece);
  }
  const [first = '', second, third] = pieces;
  if (second === undefined) {
    if (typeof first === 'string') return constant(first);
    return computed((frame) => toText(first(frame)));
  }
  // `prefix $x$` and `$x$ suffix` are most of what real bots join.
  if (third === undefined) {
    if (typeof first === 'string' && typeof second !== 'string')
      return computed((frame) => bounded(first + toText(second(frame)), frame));
    if (typeof first !== 'string' && typeof second === 'string')
      return computed((frame) => bounded(toText(first(frame)) + second, frame));
  }
  return computed((frame) => {
    let text = '';
    for (const piece of pieces) text += typeof piece === 'string' ? piece : toText(piece(frame));
    return bounded(text, frame);
  });
}

/** V8 joins without copying, so a text that is too long has cost nothing yet when it is looked at. */
function bounded(text: string, frame: Frame): string {
  if (text.length > frame.run.sizes.textLength) checkSize(text, frame.run.sizes);
  return text;
}

/** Literal parts are percent-decoded, what variables hold is taken as it is: a file may really be called `a%20b`. */
function compileFile(context: Context, expression: Expression): Source<string> {
  const parts = expression.parts.map((part) =>
    part.kind === 'text' ? { ...part, text: decodePercent(part.text) } : part,
  );
  return mapSource(compileText(context, { parts }), withoutScheme);
}

/** A date, or a date and a number of days: `$d$ + 1`. Any other text must be an ISO date once its values are in. */
function compileDate(context: Context, expression: Expression): Source {
  const only = singleReference(expression);
  if (only !== undefined)
    return mapSource(computed(compileReference(context, only, nested).get), (value) => convertTo('DATETIME', value));
  const formula = readFormula(expression);
  if (formula?.kind === 'operation' && formula.left.kind === 'reference' && /[+-]/.test(formula.operator)) {
    const { get } = compileReference(context, formula.left.reference, nested);
    const days = getterOf(compileArithmetic(context, formula.right));
    const sign = formula.operator === '+' ? 1 : -1;
    return computed((frame) => {
      const date = convertTo('DATETIME', get(frame));
      if (!(date instanceof ZonedDateTime)) throw new BotError('There is no date to add days to');
      return date.plusSeconds(Math.round(sign * days(frame) * 86_400));
    });
  }
  return mapSource(compileText(context, expression), (text) => convertTo('DATETIME', text));
}

function readFormula(expression: Expression): Arithmetic | undefined {
  try {
    return parseArithmetic(expression);
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

/** Throws an ExpressionError when the text around the references is no formula. */
export function compileNumber(context: Context, expression: Expression): Source<number> {
  return compileArithmetic(context, parseArithmetic(expression));
}

/**
 * Closures chosen by what stands on either side. A NUMBER variable's slot always holds a number, so the usual
 * `$n$ + 1` is one closure: read, check, add.
 */
function compileArithmetic(context: Context, formula: Arithmetic): Source<number> {
  switch (formula.kind) {
    case 'number':
      return constant(formula.number);
    case 'negation':
      return mapSource(compileArithmetic(context, formula.operand), (value) => -value);
    case 'reference': {
      const { slot, get } = compileReference(context, formula.reference, nested);
      if (slot === undefined) return computed((frame) => toNumber(get(frame)));
      return computed((frame) => {
        const value = frame.slots[slot];
        return typeof value === 'number' ? value : toNumber(value ?? null);
      });
    }
    case 'operation': {
      const { operator } = formula;
      const left = compileArithmetic(context, formula.left);
      const right = compileArithmetic(context, formula.right);
      if (left.kind === 'constant' && right.kind === 'constant') {
        return constant(operate(operator, left.value, right.value));
      }
      return computed(
        right.kind === 'constant'
          ? byConstant(operator, getterOf(left), right.value)
          : byBoth(operator, getterOf(left), getterOf(right)),
      );
    }
  }
}

function byConstant(operator: Operator, left: Getter<number>, right: number): Getter<number> {
  switch (operator) {
    case '+':
      return (frame) => plus(left(frame), right);
    case '-':
      return (frame) => minus(left(frame), right);
    case '*':
      return (frame) => times(left(frame), right);
    case '/':
      return (frame) => divide(left(frame), right);
  }
}

function byBoth(operator: Operator, left: Getter<number>, right: Getter<number>): Getter<number> {
  switch (operator) {
    case '+':
      return (frame) => plus(left(frame), right(frame));
    case '-':
      return (frame) => minus(left(frame), right(frame));
    case '*':
      return (frame) => times(left(frame), right(frame));
    case '/':
      return (frame) => divide(left(frame), right(frame));
  }
}
