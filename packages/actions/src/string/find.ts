import { action, attribute, BotError } from '@signalbox/taskbot';
import { compilePattern } from '../support/pattern.ts';
import { foldCase } from '../support/text.ts';

/** Positions count from 1; nought means that the text is not there. */
export const find = action({
  package: 'String',
  name: 'find',
  summary: 'Says at which position a text or pattern stands in another, counted from 1; 0 when it does not.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceString: attribute.text(),
    find: attribute.text(),
    startIndex: attribute.number({ fallback: 1 }),
    isCaseSensitive: attribute.flag(),
    isRegularExpression: attribute.flag(),
  },
  returns: 'NUMBER',
  run: (input, host) => {
    const source = input.sourceString;
    const from = requireStart(input.startIndex);
    if (from > source.length) return 0;
    if (input.isRegularExpression) {
      const matcher = compilePattern(input.find, input.isCaseSensitive, host).matcher(source);
      return matcher.find(from) ? matcher.start() + 1 : 0;
    }
    return input.isCaseSensitive
      ? source.indexOf(input.find, from) + 1
      : foldCase(source).indexOf(foldCase(input.find), from) + 1;
  },
});

/** Turns the vendor's start index, counted from 1, into an offset. */
export const requireStart = (startIndex: number): number => {
  if (Number.isInteger(startIndex) && startIndex >= 1) return startIndex - 1;
  throw new BotError(`Expected a start index of 1 or more, but got ${startIndex}. The first character is 1.`);
};
