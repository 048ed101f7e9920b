import { Decimal } from 'decimal.js';

/**
 * Arithmetic in a text: `+ - * / % ^`, parentheses, and functions of one number. Decimal, so `0.1+0.2` is 0.3.
 * Own small recursive descent: nothing of the bot's text is ever run as code.
 *
 * @returns undefined when the text is no formula (or divides by nought)
 */
export const evaluateFormula = (text: string, functions: FormulaFunctions = {}): Decimal | undefined => {
  const reader = new Reader(text, functions);
  const value = reader.sum();
  return value !== undefined && reader.atEnd() && value.isFinite() ? value : undefined;
};

export type FormulaFunctions = Readonly<Record<string, (x: Decimal) => Decimal>>;

/**
 * A function of doubles for formulas. Decimal's own sines, logarithms and roots are not used: `atan(10^50)` took it
 * 135 s, and one that gives up leaves the library's precision changed for whoever comes next.
 */
export const ofDouble =
  (compute: (x: number) => number) =>
  (x: Decimal): Decimal =>
    new Decimal(compute(x.toNumber()));

/** Deep nesting would overflow the stack instead of failing. */
const DEEPEST = 200;
/** `9^9^9` would take minutes and gigabytes. */
const LARGEST_EXPONENT = 10_000;

/** Beyond a double there is no answer anyway, and a remainder of such numbers would take a digit of memory a power. */
const bounded = (value: Decimal): Decimal | undefined => {
  if (!value.isFinite() || value.e > 308) return undefined;
  return value.e < -400 ? new Decimal(0) : value;
};

class Reader {
  readonly #text: string;
  readonly #functions: FormulaFunctions;
  #at = 0;
  #depth = 0;

  constructor(text: string, functions: FormulaFunctions) {
    this.#text = text;
    this.#functions = functions;
  }

  atEnd(): boolean {
    return this.#peek() === '';
  }

  sum(): Decimal | undefined {
    let left = this.#product();
    for (let sign = this.#take('+-'); left && sign; sign = this.#take('+-')) {
      const right = this.#product();
      if (!right) return undefined;
      left = sign === '+' ? left.plus(right) : left.minus(right);
    }
    return left;
  }

  #product(): Decimal | undefined {
    let left = this.#signed();
    for (let sign = this.#take('*/%'); left && sign; sign = this.#take('*/%')) {
      const right = this.#signed();
      if (!right || (sign !== '*' && right.isZero())) return undefined;
      left = bounded(sign === '*' ? left.times(right) : sign === '/' ? left.div(right) : left.mod(right));
    }
    return left;
  }

  #signed(): Decimal | undefined {
    if (++this.#depth > DEEPEST) return undefined;
    const sign = this.#take('+-');
    const value = sign ? this.#signed() : this.#power();
    this.#depth--;
    return sign === '-' ? value?.neg() : value;
  }

  #power(): Decimal | undefined {
    const base = this.#operand();
    if (!base || !this.#take('^')) return base;
    const exponent = this.#signed();
    if (!exponent?.abs().lte(LARGEST_EXPONENT)) return undefined;
    return bounded(exponent.isInteger() ? base.pow(exponent) : ofDouble((x) => x ** exponent.toNumber())(base));
  }

  #operand(): Decimal | undefined {
    if (this.#take('(')) {
      const value = this.sum();
      return this.#take(')') ? value : undefined;
    }
    this.#peek();
    const word = /^[a-z][a-z0-9]*/i.exec(this.#text.slice(this.#at, this.#at + 20))?.[0];
    if (word !== undefined) {
      const name = word.toLowerCase();
      const known = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
      this.#at += word.length;
      if (!known || !this.#take('(')) return undefined;
      const value = this.sum();
      return value && this.#take(')') ? known(value) : undefined;
    }
    const digits = /^(?:\d+\.?\d*|\.\d+)/.exec(this.#text.slice(this.#at, this.#at + 400))?.[0];
    if (digits === undefined) return undefined;
    this.#at += digits.length;
    return new Decimal(digits);
  }

  #peek(): string {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.charAt(this.#at);
  }

  #take(signs: string): string | undefined {
    const next = this.#peek();
    if (next === '' || !signs.includes(next)) return undefined;
    this.#at++;
    return next;
  }
}
