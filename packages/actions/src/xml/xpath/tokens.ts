import { BotError } from '@signalbox/taskbot';
import { excerpt } from '../../support/text.ts';

export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'operator';
  readonly text: string;
}

const NAME = String.raw`[\p{L}_][\p{L}\p{N}\p{M}._\u00b7-]*`;
const TOKEN = new RegExp(
  String.raw`\s*(?:(?<number>\d+(?:\.\d*)?|\.\d+)|(?<text>"[^"]*"|'[^']*')|(?<name>${NAME}(?::(?!:)(?:${NAME}|\*))?)|(?<sign>\.\.|::|//|!=|<=|>=|[()[\].@,/|+\-=<>*$]))`,
  'uy',
);
const OPERATOR_NAMES = new Set(['and', 'or', 'div', 'mod']);
const OPERATOR_SIGNS = new Set(['|', '+', '-', '=', '!=', '<', '<=', '>', '>=', '/', '//']);
/** After these an operand begins, so a star is a wildcard and `div` the name of an element (XPath 1.0, 3.7). */
const OPENING = new Set(['@', '::', '(', '[', ',']);

export const MOST_EXPRESSION = 10_000;

export const tokensOf = (expression: string): Token[] => {
  if (expression.length > MOST_EXPRESSION) {
    throw new BotError(`Expected an XPath of at most ${MOST_EXPRESSION} characters, but got ${expression.length}.`);
  }
  const tokens: Token[] = [];
  const end = expression.trimEnd().length;
  let at = 0;
  while (at < end) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(expression)?.groups;
    if (groups === undefined) throw badXPath(expression, `"${excerpt(expression.slice(at).trim())}" is not understood`);
    at = TOKEN.lastIndex;
    tokens.push(tokenOf(groups, tokens.at(-1)));
  }
  return tokens;
};

const tokenOf = (groups: Readonly<Record<string, string | undefined>>, before: Token | undefined): Token => {
  if (groups.number !== undefined) return { kind: 'number', text: groups.number };
  if (groups.text !== undefined) return { kind: 'text', text: groups.text.slice(1, -1) };
  const text = groups.name ?? groups.sign ?? '';
  const afterOperand = before !== undefined && before.kind !== 'operator' && !OPENING.has(before.text);
  if (afterOperand && (text === '*' || OPERATOR_NAMES.has(text))) return { kind: 'operator', text };
  if (groups.name !== undefined) return { kind: 'name', text };
  return { kind: OPERATOR_SIGNS.has(text) ? 'operator' : 'sign', text };
};

export const badXPath = (expression: string, why: string): BotError =>
  new BotError(`The XPath "${excerpt(expression)}" cannot be read: ${why}. Expected one such as /orders/order[2]/@id.`);
