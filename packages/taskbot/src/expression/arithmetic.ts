import { BotError } from '../declaration.ts';
import { divide, minus, plus, times } from './decimal.ts';
import { parseExpression } from './parse.ts';
import { printExpression } from './print.ts';
import { type Expression, ExpressionError, type Reference } from './syntax.ts';

/** The text around references in a NUMBER slot: `($n$+1)*2`. */
export type Arithmetic =
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'negation'; readonly operand: Arithmetic }
  | {
      readonly kind: 'operation';
      readonly operator: Operator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    };

export type Operator = '+' | '-' | '*' | '/';

type Token =
  | { readonly kind: 'sign'; readonly sign: string; readonly at: number }
  | { readonly kind: 'number'; readonly number: number; readonly at: number }
  | { readonly kind: 'reference'; readonly reference: Reference; readonly at: number };

const TOKEN = /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([-+*/()]))/y;
const DEEPEST = 200;

/** Reads an expression as a formula over `+ - * / ( )`, or throws an ExpressionError at the place that is none. */
export function parseArithmetic(expression: Expression): Arithmetic {
  const reader = new FormulaReader(expression);
  const formula = reader.sum(0);
  reader.end();
  return formula;
}

/**
 * Computes a formula without references, e.g. what `LegacyAutomation:parseVariableOperation` finds after joining.
 *
 * @returns undefined when the text is not a formula; throws a BotError on division by zero
 */
export function calculate(text: string): number | undefined {
  // Most texts that are asked for are plain words: the first look costs less than an exception.
  if (!/^[-+*/().\deE\s]+$/.test(text) || !/\d/.test(text)) return undefined;
  try {
    return solve(parseArithmetic(parseExpression(text)));
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

function solve(formula: Arithmetic): number {
  switch (formula.kind) {
    case 'number':
      return formula.number;
    case 'negation':
      return -solve(formula.operand);
    case 'operation':
      return operate(formula.operator, solve(formula.left), solve(formula.right));
    case 'reference':
      throw new BotError('A formula without variables was expected');
  }
}

export function operate(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return plus(left, right);
    case '-':
      return minus(left, right);
    case '*':
      return times(left, right);
    case '/':
      return divide(left, right);
  }
}

class FormulaReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(expression: Expression) {
    this.#text = printExpression(expression);
    this.#tokens = this.#tokensOf(expression);
  }

  /** sum = product (("+" | "-") product)* */
  sum(depth: number): Arithmetic {
    let left = this.#product(depth);
    for (let sign = this.#sign('+', '-'); sign !== undefined; sign = this.#sign('+', '-')) {
      left = { kind: 'operation', operator: sign, left, right: this.#product(depth) };
    }
    return left;
  }

  end(): void {
    if (this.#next < this.#tokens.length) this.#fail('an operator or the end');
  }

  /** product = factor (("*" | "/") factor)* */
  #product(depth: number): Arithmetic {
    let left = this.#factor(depth);
    for (let sign = this.#sign('*', '/'); sign !== undefined; sign = this.#sign('*', '/')) {
      left = { kind: 'operation', operator: sign, left, right: this.#factor(depth) };
    }
    return left;
  }

  #factor(depth: number): Arithmetic {
    if (depth > DEEPEST) this.#fail(`at most ${DEEPEST} parentheses`);
    const token = this.#tokens[this.#next];
    if (token?.kind === 'number') {
      this.#next += 1;
      return { kind: 'number', number: token.number };
    }
    if (token?.kind === 'reference') {
      this.#next += 1;
      return { kind: 'reference', reference: token.reference };
    }
    if (this.#sign('-') !== undefined) return { kind: 'negation', operand: this.#factor(depth + 1) };
    if (this.#sign('+') !== undefined) return this.#factor(depth + 1);
    if (this.#sign('(') === undefined) this.#fail('a number, a reference or "("');
    const inner = this.sum(depth + 1);
    if (this.#sign(')') === undefined) this.#fail('")"');
    return inner;
  }

  #sign<S extends string>(...signs: readonly S[]): S | undefined {
    const token = this.#tokens[this.#next];
    const sign = token?.kind === 'sign' ? signs.find((one) => one === token.sign) : undefined;
    if (sign !== undefined) this.#next += 1;
    return sign;
  }

  #tokensOf(expression: Expression): Token[] {
    const tokens: Token[] = [];
    for (const part of expression.parts) {
      if (part.kind === 'reference') tokens.push({ kind: 'reference', reference: part, at: part.at });
      else if (part.kind === 'dollar') throw new ExpressionError(this.#text, part.at, 'a number or an operator');
      else this.#readText(part.text, part.at, tokens);
    }
    return tokens;
  }

  #readText(text: string, start: number, tokens: Token[]): void {
    const end = text.trimEnd().length;
    TOKEN.lastIndex = 0;
    let at = 0;
    while (at < end) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(text);
      if (match === null) throw new ExpressionError(this.#text, start + at, 'a number or an operator');
      const [, digits, sign] = match;
      if (digits !== undefined) tokens.push({ kind: 'number', number: Number(digits), at: start + at });
      else if (sign !== undefined) tokens.push({ kind: 'sign', sign, at: start + at });
      at = TOKEN.lastIndex;
    }
  }

  #fail(expected: string): never {
    throw new ExpressionError(this.#text, this.#tokens[this.#next]?.at ?? this.#text.length, expected);
  }
}
