import { DocumentError, type DocumentPath } from './document-error.ts';

/** Where a value stands in a text: from its first character to behind its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A bot nests a few dozen levels; far more is an attack on the stack. */
const DEEPEST = 1_000;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const BLANK = /[ \t\n\r]*/y;

/**
 * JSON that remembers where things stand. `JSON.parse` gives the values; this finds the place of one of them in the
 * text, so that an edit replaces exactly those characters, and finds the place where a broken text breaks.
 */
export class JsonText {
  readonly #text: string;
  #at: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#at = start;
  }

  /** Throws a DocumentError with the offset of the first character that is not JSON. */
  check(): void {
    this.#value(0);
    this.#blank();
    if (this.#at < this.#text.length) this.#fail('the end of the document');
  }

  /** The span of the value at the path; undefined when there is none. Of a key given twice the last counts, as in JSON.parse. */
  locate(path: DocumentPath): Span | undefined {
    const [key, ...rest] = path;
    this.#blank();
    if (key === undefined) {
      const start = this.#at;
      this.#value(0);
      return { start, end: this.#at };
    }
    let place: number | undefined;
    const seek = (found: string | number) => {
      if (found === key) place = this.#at;
    };
    const opening = this.#text[this.#at];
    if (opening === '{') this.#object(0, seek);
    else if (opening === '[') this.#array(0, seek);
    if (place === undefined) return undefined;
    this.#at = place;
    return this.locate(rest);
  }

  #value(depth: number): void {
    if (depth > DEEPEST) this.#fail(`at most ${DEEPEST} levels`);
    this.#blank();
    switch (this.#text[this.#at]) {
      case '{':
        this.#object(depth);
        return;
      case '[':
        this.#array(depth);
        return;
      case '"':
        this.#string();
        return;
      case 't':
      case 'f':
      case 'n':
        this.#take(WORD, 'a JSON value');
        return;
      default:
        this.#take(NUMBER, 'a JSON value');
    }
  }

  #object(depth: number, seek?: (key: string) => void): void {
    this.#at += 1;
    this.#blank();
    if (this.#skip('}')) return;
    do {
      this.#blank();
      const key = this.#string();
      this.#blank();
      if (!this.#skip(':')) this.#fail('":"');
      this.#blank();
      seek?.(key);
      this.#value(depth + 1);
      this.#blank();
    } while (this.#skip(','));
    if (!this.#skip('}')) this.#fail('"," or "}"');
  }

  #array(depth: number, seek?: (index: number) => void): void {
    this.#at += 1;
    this.#blank();
    if (this.#skip(']')) return;
    let index = 0;
    do {
      this.#blank();
      seek?.(index++);
      this.#value(depth + 1);
      this.#blank();
    } while (this.#skip(','));
    if (!this.#skip(']')) this.#fail('"," or "]"');
  }

  /** By hand, not by a pattern: a recorder's blob is megabytes long, and a pattern would remember every character. */
  #string(): string {
    const text = this.#text;
    if (text[this.#at] !== '"') this.#fail('a string in double quotes');
    let end = this.#at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    let read: unknown;
    try {
      read = JSON.parse(text.slice(this.#at, end + 1));
    } catch {
      this.#fail('a string with its closing quote and valid escapes');
    }
    this.#at = end + 1;
    return String(read);
  }

  #take(pattern: RegExp, expected: string): void {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) this.#fail(expected);
    this.#at = pattern.lastIndex;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #blank(): void {
    BLANK.lastIndex = this.#at;
    BLANK.test(this.#text);
    this.#at = BLANK.lastIndex;
  }

  #fail(expected: string): never {
    const found = this.#at < this.#text.length ? JSON.stringify(this.#text.slice(this.#at, this.#at + 12)) : 'the end';
    throw new DocumentError({ at: this.#at }, expected, found);
  }
}
