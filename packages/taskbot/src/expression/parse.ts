import { type Expression, ExpressionError, type Head, type Part, type Reference, type Step } from './syntax.ts';

/** Names: letters of any script, digits, hyphen, underscore, and the spaces of package names such as `GUID Tools`. */
const NAME = /[\p{L}\p{M}\p{N}_\- ]+/uy;
/** References nest in indexes and arguments; a real bot does it twice. */
const DEEPEST = 100;

type Closing = ']' | '}' | ')';
const OPENING: Readonly<Record<Closing, string>> = { ']': '[', '}': '{', ')': '(' };

/**
 * Reads the text of an `expression`. Any text is either an expression or leaves with an ExpressionError.
 * `printExpression` is its inverse.
 */
export function parseExpression(text: string): Expression {
  return new Parser(text).expression();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  expression(): Expression {
    const parts: Part[] = [];
    while (this.#at < this.#text.length) {
      const dollar = this.#text.indexOf('$', this.#at);
      const end = dollar < 0 ? this.#text.length : dollar;
      if (end > this.#at) parts.push({ kind: 'text', text: this.#text.slice(this.#at, end), at: this.#at });
      this.#at = end;
      if (dollar >= 0) parts.push(this.#dollar());
    }
    return { parts };
  }

  /** At a `$`: an escaped dollar or a reference. */
  #dollar(): Part {
    if (this.#text[this.#at + 1] === '$') {
      this.#at += 2;
      return { kind: 'dollar', at: this.#at - 2 };
    }
    return this.#reference();
  }

  #reference(): Reference {
    const at = this.#at;
    this.#depth += 1;
    if (this.#depth > DEEPEST) this.#fail(`at most ${DEEPEST} references inside each other`);
    this.#at += 1;
    const head = this.#head();
    const steps: Step[] = [];
    for (;;) {
      const next = this.#text[this.#at];
      if (next === '$') break;
      steps.push(this.#step(next));
    }
    this.#at += 1;
    this.#depth -= 1;
    return { kind: 'reference', at, head, steps };
  }

  #head(): Head {
    if (this.#skip('@')) return { kind: 'global', name: this.#name('the name of a global value') };
    const name = this.#name('a variable, "@" or a second "$"');
    if (!this.#skip(':')) return { kind: 'variable', name };
    return { kind: 'package', package: name, name: this.#name('a variable of the package') };
  }

  #step(next: string | undefined): Step {
    switch (next) {
      case '[':
        this.#at += 1;
        return { kind: 'index', argument: this.#argument(']') };
      case '{': {
        this.#at += 1;
        return { kind: 'key', ...this.#quotable('}') };
      }
      case '.': {
        this.#at += 1;
        const packageName = this.#name('a package');
        if (!this.#skip(':')) this.#fail('":" and a function of the package');
        const name = this.#name('a function of the package');
        if (!this.#skip('('))
          return { kind: 'function', package: packageName, name, quoted: false, argument: undefined };
        return { kind: 'function', package: packageName, name, ...this.#quotable(')') };
      }
      default:
        return this.#fail('"$", "[", "{" or "."');
    }
  }

  /**
   * Inside `{ }` or `( )`: text that begins with a double quote may hold any bracket and ends at the quote that stands
   * before the closing bracket; anything else is bare.
   */
  #quotable(closing: Closing): { quoted: boolean; argument: Expression } {
    if (!this.#skip('"')) return { quoted: false, argument: this.#argument(closing) };
    const argument = this.#until((character) => character === '"' && this.#text[this.#at + 1] === closing);
    if (!this.#skip('"')) this.#fail(`'"${closing}'`);
    this.#at += 1;
    return { quoted: true, argument };
  }

  /** Text and references up to the closing bracket; pairs of the same bracket inside belong to the text. */
  #argument(closing: Closing): Expression {
    const opening = OPENING[closing];
    let open = 0;
    const argument = this.#until((character) => {
      if (character === opening) open += 1;
      else if (character === closing) {
        if (open === 0) return true;
        open -= 1;
      }
      return false;
    });
    if (!this.#skip(closing)) this.#fail(`"${closing}"`);
    return argument;
  }

  #until(isEnd: (character: string) => boolean): Expression {
    const parts: Part[] = [];
    let start = this.#at;
    const flush = () => {
      if (this.#at > start) parts.push({ kind: 'text', text: this.#text.slice(start, this.#at), at: start });
    };
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (isEnd(character)) break;
      if (character === '$') {
        flush();
        parts.push(this.#dollar());
        start = this.#at;
      } else {
        this.#at += 1;
      }
    }
    flush();
    return { parts };
  }

  #name(expected: string): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined || name.trim() === '') this.#fail(expected);
    this.#at += name.length;
    return name;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #fail(expected: string): never {
    throw new ExpressionError(this.#text, this.#at, expected);
  }
}
