import { action, attribute, BotError, type Host, requireTextLength } from '@signalbox/taskbot';
import type { Matcher } from 're2js';
import { compilePattern } from '../support/pattern.ts';
import { foldCase } from '../support/text.ts';
import { requireStart } from './find.ts';

/**
 * The start index counts from 1; a count of -1 replaces every occurrence from there on. In a regular expression's
 * replacement `$1` and `${name}` stand for groups and a backslash makes the next character plain, as in Java.
 */
export const replace = action({
  package: 'String',
  name: 'replace',
  summary: 'Replaces a text or pattern in another text.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceString: attribute.text(),
    find: attribute.text(),
    replaceWith: attribute.text(),
    startIndex: attribute.number({ fallback: 1 }),
    count: attribute.number({ fallback: -1 }),
    isCaseSensitive: attribute.flag(),
    isRegularExpression: attribute.flag(),
  },
  returns: 'STRING',
  run: (input, host) => {
    const from = requireStart(input.startIndex);
    const count = requireCount(input.count);
    if (input.find === '' || from > input.sourceString.length) return input.sourceString;
    return input.isRegularExpression
      ? replacePattern(input, from, count, host)
      : replaceText(input.sourceString, input.find, input.replaceWith, input.isCaseSensitive, from, count, host);
  },
});

const replaceText = (
  source: string,
  find: string,
  replacement: string,
  caseSensitive: boolean,
  from: number,
  count: number,
  host: Host,
): string => {
  const text = caseSensitive ? source : foldCase(source);
  const mark = caseSensitive ? find : foldCase(find);
  let result = source.slice(0, from);
  let done = from;
  let at = text.indexOf(mark, from);
  for (let made = 0; at >= 0 && made < count; made++) {
    result += source.slice(done, at) + replacement;
    // What is left of the source comes on top: it is not counted, as it may still be replaced by nothing.
    requireTextLength(result.length, host);
    done = at + mark.length;
    at = text.indexOf(mark, done);
  }
  return result + source.slice(done);
};

const replacePattern = (
  input: { sourceString: string; find: string; replaceWith: string; isCaseSensitive: boolean },
  from: number,
  count: number,
  host: Host,
): string => {
  const source = input.sourceString;
  const matcher = compilePattern(input.find, input.isCaseSensitive, host).matcher(source);
  let result = source.slice(0, from);
  let done = from;
  let found = matcher.find(from);
  for (let made = 0; found && made < count; made++) {
    result += source.slice(done, matcher.start()) + expand(input.replaceWith, matcher);
    requireTextLength(result.length, host);
    done = matcher.end();
    found = matcher.find();
  }
  return result + source.slice(done);
};

const GROUP = /\\([\s\S])|\$(?:(\d)|\{(\w+)\})/g;

/** A group that the pattern does not have stays written as it is: a price in the replacement is no fault. */
const expand = (replacement: string, matcher: Matcher): string =>
  replacement.includes('$') || replacement.includes('\\')
    ? replacement.replaceAll(GROUP, (whole: string, escaped?: string, digit?: string, name?: string) => {
        if (escaped !== undefined) return escaped;
        try {
          return matcher.group(digit === undefined ? (name ?? 0) : Number(digit)) ?? '';
        } catch {
          return whole;
        }
      })
    : replacement;

const requireCount = (count: number): number => {
  if (count === -1) return Number.POSITIVE_INFINITY;
  if (Number.isInteger(count) && count >= 0) return count;
  throw new BotError(`Expected how many to replace, or -1 for all of them, but got ${count}.`);
};
