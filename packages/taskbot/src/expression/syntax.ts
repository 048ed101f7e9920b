/**
 * What stands in an `expression` (contract bots §1.11). Everything a text says is kept, spaces included, so that
 * printing gives the text back.
 *
 *   text  = (literal | "$$" | "$" ref "$")*
 *   ref   = ("@" name | name | package ":" name) (index | key | "." package ":" function [ "(" text ")" ])*
 *   index = "[" text "]"        key = "{" text "}" | "{" '"' text '"' "}"
 */
export interface Expression {
  readonly parts: readonly Part[];
}

export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  /** `$$`: a dollar sign that is meant. */
  | { readonly kind: 'dollar'; readonly at: number }
  | Reference;

export interface Reference {
  readonly kind: 'reference';
  readonly at: number;
  readonly head: Head;
  readonly steps: readonly Step[];
}

export type Head =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'global'; readonly name: string }
  | { readonly kind: 'package'; readonly package: string; readonly name: string };

export type Step =
  | { readonly kind: 'index'; readonly argument: Expression }
  /** `quoted` when the key stands in double quotes, which are not part of it. */
  | { readonly kind: 'key'; readonly quoted: boolean; readonly argument: Expression }
  | {
      readonly kind: 'function';
      readonly package: string;
      readonly name: string;
      readonly quoted: boolean;
      /** Undefined without parentheses; `()` has an empty one. */
      readonly argument: Expression | undefined;
    };

/** The text is no expression: where (offset from 0) and what was expected there. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly at: number;
  readonly expected: string;

  constructor(text: string, at: number, expected: string) {
    const found = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : 'the end';
    super(`At character ${at + 1} expected ${expected}, found ${found}`);
    this.at = at;
    this.expected = expected;
  }
}
