import { ZonedDateTime } from '@js-joda/core';
import { describe, expect, it } from 'vitest';
import { act, check } from './support.ts';

const at = (text: string) => ZonedDateTime.parse(text);
const source = at('2024-02-05T15:04:09.123+01:00');

describe('Datetime.toString', () => {
  it.each([
    ['MM/dd/yyyy', '02/05/2024'],
    ['M/d/yyyy h:mm a', '2/5/2024 3:04 PM'],
    ['MM-dd-yyyy_HH-mm-ss', '02-05-2024_15-04-09'],
    ['MMM dd yyyy', 'Feb 05 2024'],
    ['EEEE, d MMMM', 'Monday, 5 February'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSZ", '2024-02-05T15:04:09.123+0100'],
    ['yyyyMMdd', '20240205'],
    ["hh 'o''clock'", "03 o'clock"],
  ])('writes %s', (patternInput, expected) =>
    expect(act('Datetime.toString', { source, patternInput })).toBe(expected),
  );

  // As java.time writes them.
  it.each([
    ['ISO_LOCAL_DATE', '2024-02-05'],
    ['ISO_LOCAL_DATE_TIME', '2024-02-05T15:04:09.123'],
    ['ISO_INSTANT', '2024-02-05T14:04:09.123Z'],
    ['ISO_WEEK_DATE', '2024-W06-1+01:00'],
    ['BASIC_ISO_DATE', '20240205+0100'],
    ['ISO_ORDINAL_DATE', '2024-036+01:00'],
    ['RFC_1123_DATE_TIME', 'Mon, 5 Feb 2024 15:04:09 +0100'],
    ['ISO_OFFSET_DATE_TIME', '2024-02-05T15:04:09.123+01:00'],
  ])('writes %s', (preBuiltPattern, expected) => {
    expect(act('Datetime.toString', { source, selectPattern: 'PREBUILT', preBuiltPattern })).toBe(expected);
  });

  it('writes GMT into RFC 1123 at Greenwich', () => {
    expect(
      act('Datetime.toString', {
        source: at('2024-02-05T15:04:09Z'),
        selectPattern: 'PREBUILT',
        preBuiltPattern: 'RFC_1123_DATE_TIME',
      }),
    ).toBe('Mon, 5 Feb 2024 15:04:09 GMT');
  });

  it('says what is wrong with a format', () => {
    expect(() => act('Datetime.toString', { source, patternInput: 'bogus' })).toThrow(/not a date format/);
    expect(() => act('Datetime.toString', { source, selectPattern: 'PREBUILT', preBuiltPattern: 'X' })).toThrow(
      /one of ISO/,
    );
    expect(() => act('Datetime.toString', { patternInput: 'yyyy' })).toThrow(/Expected a date/);
  });
});

describe('Datetime.assign', () => {
  it.each([
    ['MM/dd/yyyy', '02/05/2024', '2024-02-05T00:00+01:00'],
    ['M/d/yyyy H:mm', '2/5/2024 7:30', '2024-02-05T07:30+01:00'],
    ['dd-MMM-yyyy', '05-FEB-2024', '2024-02-05T00:00+01:00'],
    ['hh:mm a', '03:04 pm', '2024-02-05T15:04+01:00'],
    ['yyyy-MM-dd HH:mm:ssZ', '2024-02-05 10:00:00+0000', '2024-02-05T10:00Z'],
    ['yyyy-MM-dd HH:mm VV', '2024-07-05 10:00 Europe/Paris', '2024-07-05T10:00+02:00[Europe/Paris]'],
  ])('reads %s', (customFormat, text, expected) => {
    expect(String(act('Datetime.assign', { source: text, customFormat }))).toBe(expected);
  });

  it.each([
    ['ISO_LOCAL_DATE', '2022-02-03', '2022-02-03T00:00+01:00'],
    ['ISO_INSTANT', '2022-02-03T10:00:00Z', '2022-02-03T11:00+01:00'],
    ['BASIC_ISO_DATE', '20220203', '2022-02-03T00:00+01:00'],
    ['RFC_1123_DATE_TIME', 'Thu, 3 Feb 2022 10:00:00 GMT', '2022-02-03T10:00Z'],
    ['ISO_ZONED_DATE_TIME', '2022-07-03T10:00:00+02:00[Europe/Paris]', '2022-07-03T10:00+02:00[Europe/Paris]'],
  ])('reads %s', (preBuiltFormat, text, expected) => {
    expect(String(act('Datetime.assign', { source: text, formatType: 'preBuilt', preBuiltFormat }))).toBe(expected);
  });

  it('copies another date', () => {
    expect(act('Datetime.assign', { option: 'variable', dateTime: source })).toBe(source);
  });

  it('shows how the text should have looked', () => {
    expect(() => act('Datetime.assign', { source: '2024', customFormat: 'MM/dd/yyyy' })).toThrow(
      /for example 02\/05\/2024/,
    );
    expect(() => act('Datetime.assign', { source: '02', customFormat: 'MM' })).toThrow(
      /neither a whole day nor a time/,
    );
  });
});

describe('date arithmetic', () => {
  it.each([
    ['Datetime.add', { source, val: 1, unit: 'DAYS' }, '2024-02-06T15:04:09.123+01:00'],
    ['Datetime.add', { source: at('2024-01-31T00:00Z'), val: 1, unit: 'MONTHS' }, '2024-02-29T00:00Z'],
    ['Datetime.subtract', { source, val: 1.9, unit: 'HOURS' }, '2024-02-05T14:04:09.123+01:00'],
    ['Datetime.subtract', { source, val: 123, unit: 'MILLISECONDS' }, '2024-02-05T15:04:09+01:00'],
  ])('%s %o', (path, input, expected) => expect(String(act(path, input))).toBe(expected));

  it.each([
    ['Datetime.isAfter', '2024-02-05T14:00Z', true],
    ['Datetime.isBefore', '2024-02-05T14:00Z', false],
    ['Datetime.isEqual', '2024-02-05T14:04:09.123Z', true],
  ])('%s %s', (path, other, expected) => expect(act(path, { source, other: at(other) })).toBe(expected));

  it.each([
    ['DAYOFYEAR', 36],
    ['DAYOFWEEK', 1],
    ['DAYOFMONTH', 5],
    ['MONTH', 2],
    ['YEAR', 2024],
    ['HOUR', 15],
    ['MINUTE', 4],
    ['SECOND', 9],
    ['MILLISECOND', 123],
    ['WEEKOFYEAR', 6],
  ])('gets %s', (getOptions, expected) => expect(act('Datetime.get', { source, getOptions })).toBe(expected));

  it('says when a date would leave the calendar', () => {
    expect(() => act('Datetime.add', { source, val: 1e18, unit: 'YEARS' })).toThrow(/leaves the calendar/);
  });

  it('counts whole units between dates', () => {
    const target = at('2024-02-07T15:04:09.122+01:00');
    expect(act('Datetime.differenceBetweenDates', { source, target, unit: 'DAYS' })).toBe(1);
    expect(act('Datetime.differenceBetweenDates', { source: target, target: source, unit: 'HOURS' })).toBe(-47);
  });

  it('knows leap years', () => expect(act('Datetime.isLeapYear', { source })).toBe(true));
});

describe('Datetime.dateVariable', () => {
  it('compares dates given either way', () => {
    const later = at('2024-02-06T00:00Z');
    expect(check('Datetime.dateVariable', { sourceDateOption: source, operator: 'LT', destDateOption: later })).toBe(
      true,
    );
    expect(check('Datetime.dateVariable', { sourceDate: source, operator: 'GTE', destDate: later })).toBe(false);
    expect(
      check('Datetime.dateVariable', {
        sourceDateOption: 'FIXED VALUE',
        sourceFixedDate: '02/05/2024',
        sourceDateFormat: 'MM/dd/yyyy',
        operator: 'EQ',
        destDateOption: at('2024-02-04T23:00Z'),
      }),
    ).toBe(true);
  });
});
