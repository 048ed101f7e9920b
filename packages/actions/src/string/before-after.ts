import { action, attribute, BotError } from '@signalbox/taskbot';
import { foldCase } from '../support/text.ts';

/**
 * The text before a mark, after a mark, or between two marks.
 *
 * BEFOREAFTER takes what stands after the after-mark and before the before-mark. Occurrences count from the start of
 * the source; when that before-mark stands in front of the after-mark, they count from the after-mark on [inferred].
 * ONLY and UPTO take the given number of characters nearest to the mark.
 */
export const beforeAfter = action({
  package: 'String',
  name: 'beforeAfter',
  summary: 'Takes the text before, after or between marks.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceString: attribute.text(),
    getCharacters: attribute.choice(['BEFORE', 'AFTER', 'BEFOREAFTER']),
    beforeString: attribute.text(),
    beforeOccurrence: attribute.number({ fallback: 1 }),
    afterString: attribute.text(),
    afterOccurrence: attribute.number({ fallback: 1 }),
    beforeStringInBeforeAfter: attribute.text(),
    beforeOccurrenceInBeforeAfter: attribute.number({ fallback: 1 }),
    afterStringInBeforeAfter: attribute.text(),
    afterOccurrenceInBeforeAfter: attribute.number({ fallback: 1 }),
    beforeAfterCondition: attribute.choice(['AND', 'OR']),
    ifNoMatchFound: attribute.choice(['SOURCE', 'EMPTY', 'BLANK']),
    noOfCharsToGet: attribute.choice(['ALL', 'ONLY', 'UPTO']),
    noOfChars: attribute.number(),
    isCaseSensitive: attribute.flag({ fallback: true }),
    trimSpaces: attribute.flag(),
    removeEnter: attribute.flag(),
  },
  returns: 'STRING',
  run: (input) => {
    const source = input.sourceString;
    const fold = input.isCaseSensitive ? (text: string) => text : foldCase;
    const folded = fold(source);
    const position = (mark: string, occurrence: number, from = 0) =>
      nthIndex(folded, fold(requireMark(mark)), requireOccurrence(occurrence), from);

    const part = (): string | undefined => {
      switch (input.getCharacters) {
        case 'BEFORE': {
          const end = position(input.beforeString, input.beforeOccurrence);
          if (end < 0) return undefined;
          const text = source.slice(0, end);
          return text.slice(Math.max(0, text.length - wanted(text)));
        }
        case 'AFTER': {
          const start = position(input.afterString, input.afterOccurrence);
          if (start < 0) return undefined;
          const text = source.slice(start + input.afterString.length);
          return text.slice(0, wanted(text));
        }
        case 'BEFOREAFTER':
          return between();
      }
    };
    const between = (): string | undefined => {
      const after = input.afterStringInBeforeAfter;
      const before = input.beforeStringInBeforeAfter;
      const either = input.beforeAfterCondition === 'OR';
      const afterAt = after === '' && either ? -1 : position(after, input.afterOccurrenceInBeforeAfter);
      const start = afterAt < 0 ? -1 : afterAt + after.length;
      let end = before === '' && either ? -1 : position(before, input.beforeOccurrenceInBeforeAfter);
      if (end >= 0 && end < start) end = position(before, input.beforeOccurrenceInBeforeAfter, start);
      if (either ? start < 0 && end < 0 : start < 0 || end < 0) return undefined;
      const text = source.slice(Math.max(start, 0), end < 0 ? undefined : end);
      return text.slice(0, wanted(text));
    };
    const wanted = (text: string): number => {
      if (input.noOfCharsToGet === 'ALL') return text.length;
      const count = input.noOfChars;
      if (count === undefined || count < 0) {
        throw new BotError('Expected the number of characters to get (noOfChars, nought or more), but there is none.');
      }
      return Math.trunc(count);
    };

    let result = part() ?? (input.ifNoMatchFound === 'SOURCE' ? source : '');
    if (input.removeEnter) result = result.replaceAll(/[\r\n]/g, '');
    return input.trimSpaces ? result.trim() : result;
  },
});

const nthIndex = (text: string, mark: string, occurrence: number, from: number): number => {
  let at = text.indexOf(mark, from);
  for (let seen = 1; seen < occurrence && at >= 0; seen++) at = text.indexOf(mark, at + mark.length);
  return at;
};

const requireMark = (mark: string): string => {
  if (mark !== '') return mark;
  throw new BotError('Expected the text to look for, but got an empty one. Fill in the before or after text.');
};

const requireOccurrence = (occurrence: number): number => {
  if (Number.isInteger(occurrence) && occurrence >= 1) return occurrence;
  throw new BotError(`Expected an occurrence of 1 or more, but got ${occurrence}. The first occurrence is 1.`);
};
