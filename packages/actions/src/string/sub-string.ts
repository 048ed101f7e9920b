import { action, attribute, BotError } from '@signalbox/taskbot';

/** The start counts from 1. Without a length: up to the end. */
export const subString = action({
  package: 'String',
  name: 'subString',
  summary: 'Takes a part of a text by position and length.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceString: attribute.text(),
    startIndex: attribute.number({ fallback: 1 }),
    subStringLength: attribute.number(),
    returnBlankIfRangeNotFound: attribute.flag(),
  },
  returns: 'STRING',
  run: (input) => {
    const { sourceString: source, startIndex: start, subStringLength: length } = input;
    const outside = !Number.isInteger(start) || start < 1 || start > Math.max(source.length, 1);
    if (outside || (length !== undefined && !(length >= 0))) {
      if (input.returnBlankIfRangeNotFound) return '';
      throw new BotError(
        `Expected a start from 1 to ${source.length} and a length of 0 or more, but got start ${start}` +
          `${length === undefined ? '' : ` and length ${length}`}. The first character is 1.`,
      );
    }
    return source.slice(start - 1, length === undefined ? undefined : start - 1 + length);
  },
});
