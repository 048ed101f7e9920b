import { badXPath, type Token, tokensOf } from './tokens.ts';

export const AXES = [
  'ancestor',
  'ancestor-or-self',
  'attribute',
  'child',
  'descendant',
  'descendant-or-self',
  'following',
  'following-sibling',
  'parent',
  'preceding',
  'preceding-sibling',
  'self',
] as const;
export type Axis = (typeof AXES)[number];

export type NodeTest =
  | { readonly kind: 'name'; readonly prefix: string | undefined; readonly local: string }
  | { readonly kind: 'node' | 'text' | 'comment' | 'processing-instruction'; readonly target?: string };

export interface Step {
  readonly axis: Axis;
  readonly test: NodeTest;
  readonly predicates: readonly Expression[];
}

export interface Path {
  readonly kind: 'path';
  /** What the path starts from: an expression, the root, or the context node. */
  readonly start: Expression | 'root' | 'context';
  readonly filters: readonly Expression[];
  readonly steps: readonly Step[];
}

export type Expression =
  | Path
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'call'; readonly name: string; readonly inputs: readonly Expression[] }
  | { readonly kind: 'negate'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression };

/** From the loosest binding to the tightest (XPath 1.0, 3.4 and 3.5). */
const LEVELS = [['or'], ['and'], ['=', '!='], ['<', '<=', '>', '>='], ['+', '-'], ['*', 'div', 'mod']] as const;
const NODE_TYPES = new Set(['node', 'text', 'comment', 'processing-instruction']);
const ANY_NODE: NodeTest = { kind: 'node' };
const MOST_NESTING = 100;

/** Reads XPath 1.0, without variables and the namespace axis. */
export const parseXPath = (expression: string): Expression => new Parser(expression).whole();

class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokensOf(expression);
  }

  whole(): Expression {
    const read = this.#binary(0);
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw this.#bad(`"${rest.text}" stands where it cannot`);
    return read;
  }

  #binary(level: number): Expression {
    const operators: readonly string[] | undefined = LEVELS[level];
    if (operators === undefined) return this.#negated();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== 'operator' || !operators.includes(token.text)) return left;
      this.#at += 1;
      left = { kind: 'binary', operator: token.text, left, right: this.#binary(level + 1) };
    }
  }

  #negated(): Expression {
    let times = 0;
    while (this.#take('-')) times += 1;
    const of = this.#union();
    return times === 0 ? of : { kind: 'negate', of: times % 2 === 1 ? of : { kind: 'negate', of } };
  }

  #union(): Expression {
    let left = this.#path();
    while (this.#take('|')) left = { kind: 'binary', operator: '|', left, right: this.#path() };
    return left;
  }

  #path(): Expression {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#bad('it ends too early');
    const primary = this.#primary(token);
    if (primary !== undefined) {
      const filters = this.#predicates();
      const steps = this.#following([]);
      return filters.length === 0 && steps.length === 0 ? primary : { kind: 'path', start: primary, filters, steps };
    }
    if (this.#take('//')) return this.#rooted(this.#following([deep()], true));
    if (this.#take('/')) return this.#rooted(this.#beginsStep() ? this.#following([], true) : []);
    return { kind: 'path', start: 'context', filters: [], steps: this.#following([], true) };
  }

  #rooted(steps: readonly Step[]): Path {
    return { kind: 'path', start: 'root', filters: [], steps };
  }

  #primary(token: Token): Expression | undefined {
    const next = this.#tokens[this.#at + 1]?.text;
    if (token.kind === 'number' || token.kind === 'text') {
      this.#at += 1;
      return token.kind === 'number'
        ? { kind: 'number', value: Number(token.text) }
        : { kind: 'text', value: token.text };
    }
    if (token.text === '(') {
      this.#at += 1;
      const inner = this.#nested(() => this.#binary(0));
      this.#expect(')');
      return inner;
    }
    if (token.text === '$') throw this.#bad('it has a variable of its own; put the bot variable between dollar signs');
    if (token.kind !== 'name' || next !== '(' || NODE_TYPES.has(token.text)) return undefined;
    this.#at += 2;
    const inputs: Expression[] = [];
    while (!this.#take(')')) {
      if (inputs.length > 0) this.#expect(',');
      inputs.push(this.#nested(() => this.#binary(0)));
    }
    return { kind: 'call', name: token.text, inputs };
  }

  /** The steps behind what has been read; `begun` when a first one must come. */
  #following(steps: Step[], begun = false): Step[] {
    if (begun) steps.push(this.#step());
    for (;;) {
      if (this.#take('//')) steps.push(deep(), this.#step());
      else if (this.#take('/')) steps.push(this.#step());
      else return shortened(steps);
    }
  }

  #beginsStep(): boolean {
    const token = this.#tokens[this.#at];
    return token !== undefined && (token.kind === 'name' || ['@', '.', '..', '*'].includes(token.text));
  }

  #step(): Step {
    if (this.#take('.')) return { axis: 'self', test: ANY_NODE, predicates: this.#predicates() };
    if (this.#take('..')) return { axis: 'parent', test: ANY_NODE, predicates: this.#predicates() };
    const axis = this.#take('@') ? 'attribute' : this.#axis();
    return { axis, test: this.#test(), predicates: this.#predicates() };
  }

  #axis(): Axis {
    if (this.#tokens[this.#at + 1]?.text !== '::') return 'child';
    const name = this.#tokens[this.#at]?.text ?? '';
    const axis = AXES.find((each) => each === name);
    if (axis === undefined) throw this.#bad(`there is no axis "${name}" here`);
    this.#at += 2;
    return axis;
  }

  #test(): NodeTest {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token?.text === '*' && token.kind === 'sign') return { kind: 'name', prefix: undefined, local: '*' };
    if (token?.kind !== 'name')
      throw this.#bad(token ? `a name was expected before "${token.text}"` : 'it ends too early');
    if (NODE_TYPES.has(token.text) && this.#take('(')) {
      const target = this.#tokens[this.#at];
      const named = token.text === 'processing-instruction' && target?.kind === 'text';
      if (named) this.#at += 1;
      this.#expect(')');
      const kind = token.text as Exclude<NodeTest['kind'], 'name'>; // NODE_TYPES holds these words
      return named ? { kind, target: target.text } : { kind };
    }
    const colon = token.text.indexOf(':');
    return colon < 0
      ? { kind: 'name', prefix: undefined, local: token.text }
      : { kind: 'name', prefix: token.text.slice(0, colon), local: token.text.slice(colon + 1) };
  }

  #predicates(): Expression[] {
    const predicates: Expression[] = [];
    while (this.#take('[')) {
      predicates.push(this.#nested(() => this.#binary(0)));
      this.#expect(']');
    }
    return predicates;
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MOST_NESTING) throw this.#bad(`it is nested more than ${MOST_NESTING} deep`);
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.text !== text || token.kind === 'text' || token.kind === 'name') return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (this.#take(text)) return;
    const token = this.#tokens[this.#at];
    throw this.#bad(`"${text}" was expected ${token ? `before "${token.text}"` : 'at its end'}`);
  }

  #bad(why: string) {
    return badXPath(this.#expression, why);
  }
}

const deep = (): Step => ({ axis: 'descendant-or-self', test: ANY_NODE, predicates: [] });

/** `//name` walks once through all below instead of collecting every node first, where positions do not matter. */
const shortened = (steps: readonly Step[]): Step[] => {
  const short: Step[] = [];
  for (const step of steps) {
    const before = short.at(-1);
    const isDeep =
      before?.axis === 'descendant-or-self' && before.test.kind === 'node' && before.predicates.length === 0;
    if (isDeep && step.axis === 'child' && !step.predicates.some(countsPlaces)) {
      short[short.length - 1] = { ...step, axis: 'descendant' };
    } else short.push(step);
  }
  return short;
};

const BOOLEAN_OPERATORS = new Set(['or', 'and', '=', '!=', '<', '<=', '>', '>=']);
const BOOLEAN_CALLS = new Set(['not', 'boolean', 'contains', 'starts-with', 'true', 'false', 'lang']);

/** Whether a predicate may depend on the position of a node: by being a number, or by asking for it. */
const countsPlaces = (predicate: Expression): boolean => {
  const isBoolean =
    predicate.kind === 'path' ||
    predicate.kind === 'text' ||
    (predicate.kind === 'binary' && (BOOLEAN_OPERATORS.has(predicate.operator) || predicate.operator === '|')) ||
    (predicate.kind === 'call' && BOOLEAN_CALLS.has(predicate.name));
  return !isBoolean || asksForPlace(predicate);
};

/** Predicates inside a path have places of their own; asking there is taken for asking here, which costs time only. */
const asksForPlace = (expression: Expression): boolean => {
  switch (expression.kind) {
    case 'call':
      return expression.name === 'position' || expression.name === 'last' || expression.inputs.some(asksForPlace);
    case 'binary':
      return asksForPlace(expression.left) || asksForPlace(expression.right);
    case 'negate':
      return asksForPlace(expression.of);
    case 'path':
      return (
        (typeof expression.start === 'object' &&
          (expression.start.kind !== 'path' || asksForPlace(expression.start))) ||
        expression.filters.some(asksForPlace) ||
        expression.steps.some((step) => step.predicates.some(asksForPlace))
      );
    default:
      return false;
  }
};
