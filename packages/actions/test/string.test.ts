import { mkdirSync, writeFileSync } from 'node:fs';
import { EOL } from 'node:os';
import { join } from 'node:path';
import { BotCredential, BotError } from '@signalbox/taskbot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { act, apply, check, read, record, testHost } from './support.ts';

describe('String.find', () => {
  it.each([
    ['counts from 1', { sourceString: 'invoice', find: 'voice' }, 3],
    ['answers 0 when the text is absent', { sourceString: 'invoice', find: 'x' }, 0],
    ['starts at the start index', { sourceString: 'abab', find: 'ab', startIndex: 2 }, 3],
    ['answers 0 behind the end', { sourceString: 'ab', find: 'a', startIndex: 9 }, 0],
    ['does not mind letter case', { sourceString: 'Total', find: 'TOTAL' }, 1],
    ['minds letter case when told', { sourceString: 'Total', find: 'TOTAL', isCaseSensitive: true }, 0],
    ['keeps positions behind letters that grow in lower case', { sourceString: 'İx', find: 'X' }, 2],
    ['finds a pattern', { sourceString: 'No 4711', find: '\\d+', isRegularExpression: true }, 4],
    [
      'finds a pattern from the start index',
      { sourceString: '1 22', find: '\\d+', startIndex: 2, isRegularExpression: true },
      3,
    ],
  ])('%s', (_what, input, expected) => expect(act('String.find', input)).toBe(expected));

  it('refuses a start index of 0', () =>
    expect(() => act('String.find', { startIndex: 0 })).toThrow(/first character is 1/));
});

describe('String.replace', () => {
  it.each([
    ['replaces all with -1', { sourceString: 'a-b-c', find: '-', replaceWith: '+' }, 'a+b+c'],
    ['replaces as many as counted', { sourceString: 'a-b-c', find: '-', replaceWith: '+', count: 1 }, 'a+b-c'],
    ['starts at the start index', { sourceString: 'a-b-c', find: '-', replaceWith: '+', startIndex: 3 }, 'a-b+c'],
    ['does not mind letter case', { sourceString: 'aXAx', find: 'x', replaceWith: '' }, 'aA'],
    ['takes $ in plain text literally', { sourceString: 'p', find: 'p', replaceWith: '$1' }, '$1'],
    [
      'puts in groups',
      { sourceString: '05.02.', find: '(\\d+)\\.(\\d+)\\.', replaceWith: '$2/$1', isRegularExpression: true },
      '02/05',
    ],
    [
      'puts in named groups',
      { sourceString: 'ab', find: '(?<x>a)', replaceWith: '$' + '{x}$' + '{x}', isRegularExpression: true },
      'aab',
    ],
    [
      'takes an escaped dollar literally',
      { sourceString: '5', find: '5', replaceWith: '\\$5', isRegularExpression: true },
      '$5',
    ],
    [
      'keeps a group that is not there',
      { sourceString: '5', find: '5', replaceWith: '$9', isRegularExpression: true },
      '$9',
    ],
    [
      'counts in patterns too',
      { sourceString: '1 2 3', find: '\\d', replaceWith: 'n', count: 2, isRegularExpression: true },
      'n n 3',
    ],
    [
      'ends with patterns that match nothing',
      { sourceString: 'ab', find: 'x*', replaceWith: '-', isRegularExpression: true },
      '-a-b-',
    ],
    ['leaves the text when there is nothing to find', { sourceString: 'ab', find: '', replaceWith: 'x' }, 'ab'],
  ])('%s', (_what, input, expected) => expect(act('String.replace', input)).toBe(expected));

  it('says what to do about look-around', () => {
    expect(() => act('String.replace', { sourceString: 'a', find: '(?=a)', isRegularExpression: true })).toThrow(
      /Look-around.*rewrite the expression/,
    );
  });

  it('says what is wrong with a broken pattern', () => {
    expect(() => act('String.replace', { sourceString: 'a', find: '[', isRegularExpression: true })).toThrow(BotError);
  });

  it('runs in linear time where backtracking engines hang', () => {
    const started = performance.now();
    act('String.replace', { sourceString: `${'a'.repeat(30_000)}!`, find: '(a+)+$', isRegularExpression: true });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('agrees with JavaScript on plain text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (sourceString, find, replaceWith) => {
        expect(act('String.replace', { sourceString, find, replaceWith, isCaseSensitive: true })).toBe(
          sourceString.replaceAll(find, () => replaceWith),
        );
      }),
    );
  });
});

describe('String.beforeAfter', () => {
  const between = { getCharacters: 'BEFOREAFTER', afterStringInBeforeAfter: '<', beforeStringInBeforeAfter: '>' };
  it.each([
    ['before', { sourceString: 'key=value', getCharacters: 'BEFORE', beforeString: '=' }, 'key'],
    ['after', { sourceString: 'key=value', getCharacters: 'AFTER', afterString: '=' }, 'value'],
    [
      'the second occurrence',
      { sourceString: 'a,b,c', getCharacters: 'AFTER', afterString: ',', afterOccurrence: 2 },
      'c',
    ],
    ['between', { sourceString: 'x <y> z', ...between }, 'y'],
    ['between, past an earlier end mark', { sourceString: 'a>b <y> z', ...between }, 'y'],
    ['the source when AND finds only one', { sourceString: 'x <y', ...between }, 'x <y'],
    ['what OR finds', { sourceString: 'x <y', ...between, beforeAfterCondition: 'OR' }, 'y'],
    [
      'nothing when EMPTY is asked for',
      { sourceString: 'x', getCharacters: 'BEFORE', beforeString: '=', ifNoMatchFound: 'EMPTY' },
      '',
    ],
    [
      'the nearest characters before',
      { sourceString: 'abc=', getCharacters: 'BEFORE', beforeString: '=', noOfCharsToGet: 'ONLY', noOfChars: 2 },
      'bc',
    ],
    [
      'the nearest characters after',
      { sourceString: '=abc', getCharacters: 'AFTER', afterString: '=', noOfCharsToGet: 'UPTO', noOfChars: 2 },
      'ab',
    ],
    [
      'trimmed and in one line',
      { sourceString: 'a= b\r\nc ', getCharacters: 'AFTER', afterString: '=', trimSpaces: true, removeEnter: true },
      'bc',
    ],
    [
      'marks without letter case',
      { sourceString: 'aXb', getCharacters: 'AFTER', afterString: 'x', isCaseSensitive: false },
      'b',
    ],
  ])('takes %s', (_what, input, expected) => expect(act('String.beforeAfter', input)).toBe(expected));

  it('refuses an empty mark', () => {
    expect(() => act('String.beforeAfter', { sourceString: 'x', getCharacters: 'BEFORE' })).toThrow(/text to look for/);
  });

  it('takes what is before and what is after apart without losing anything', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (head, mark, tail) => {
        const sourceString = head + mark + tail;
        const before = act('String.beforeAfter', { sourceString, getCharacters: 'BEFORE', beforeString: mark });
        const after = act('String.beforeAfter', { sourceString, getCharacters: 'AFTER', afterString: mark });
        expect(`${before}${mark}${after}`).toBe(sourceString);
      }),
    );
  });
});

describe('String.subString', () => {
  it.each([
    [{ sourceString: 'invoice', startIndex: 1, subStringLength: 2 }, 'in'],
    [{ sourceString: 'invoice', startIndex: 3 }, 'voice'],
    [{ sourceString: 'ab', startIndex: 2, subStringLength: 9 }, 'b'],
    [{ sourceString: 'ab', startIndex: 5, returnBlankIfRangeNotFound: true }, ''],
    [{ sourceString: '', startIndex: 1, subStringLength: 0 }, ''],
  ])('takes from %o', (input, expected) => expect(act('String.subString', input)).toBe(expected));

  it.each([0, 3, 1.5])('refuses the start %d of a text of two', (startIndex) => {
    expect(() => act('String.subString', { sourceString: 'ab', startIndex })).toThrow(/start from 1 to 2/);
  });
});

describe('String.split', () => {
  it.each([
    [{ sourceString: 'a|b|', delimiter: '|' }, ['a', 'b', '']],
    [{ sourceString: 'a|b|c', delimiter: '|', substrings: 'ONLY', limit: 2 }, ['a', 'b']],
    [{ sourceString: 'aXbxc', delimiter: 'x' }, ['a', 'b', 'c']],
    [{ sourceString: 'aXbxc', delimiter: 'x', isCaseSensitive: true }, ['aXb', 'c']],
    [{ sourceString: 'abc', delimiter: '' }, ['abc']],
  ])('cuts %o', (input, expected) => expect(act('String.split', input)).toEqual(expected));

  it('is undone by joining', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (sourceString, delimiter) => {
        const sourceList = act('String.split', { sourceString, delimiter, isCaseSensitive: true });
        if (!Array.isArray(sourceList)) throw new Error('no list');
        expect(act('List.joinList', { sourceList, delimiter })).toBe(sourceString);
      }),
    );
  });
});

describe('the small text actions and functions', () => {
  it.each([
    ['String.assign', { sourceString: 'x' }, 'x'],
    ['String.length', { sourceString: 'abc' }, 3],
    ['String.uppercase', { sourceString: 'aß' }, 'ASS'],
    ['String.lowercase', { sourceString: 'AB' }, 'ab'],
    ['String.reverse', { sourceString: 'a😀b' }, 'b😀a'],
    ['String.trim', { sourceString: ' a ' }, 'a'],
    ['String.trim', { sourceString: ' a ', trimAtEnd: false }, 'a '],
    ['String.trim', { sourceString: ' a ', trimAtBeginning: false }, ' a'],
    ['String.compare', { sourceString: 'A', stringToCompare: 'a' }, true],
    ['String.compare', { sourceString: 'A', stringToCompare: 'a', matchCase: true }, false],
    ['String.toBoolean', { sourceString: ' TRUE ' }, true],
    ['String.toNumber', { sourceString: ' 1,234.50 ' }, 1234.5],
    ['String.toNumber', { sourceString: '-7' }, -7],
    ['String.toLocaleNumber', { sourceString: '1.234,5', locale: 'de-DE' }, 1234.5],
    ['String.toLocaleNumber', { sourceString: '1 234,5', locale: 'fr_FR' }, 1234.5],
    ['String.toLocaleNumber', { sourceString: '1,234.5', locale: 'en-US' }, 1234.5],
  ])('%s of %o', (path, input, expected) => expect(act(path, input)).toBe(expected));

  it.each([
    ['String:length', 'abc', undefined, 3],
    ['String:lowercase', 'AB', undefined, 'ab'],
    ['String:uppercase', 'ab', undefined, 'AB'],
    ['String:reverse', 'ab', undefined, 'ba'],
    ['String:trim', ' a ', undefined, 'a'],
    ['String:toBoolean', 'false', undefined, false],
    ['String:toNumber', '4', undefined, 4],
    ['String:toNumber', 4, undefined, 4],
    ['String:toLocaleNumber', '4,5', 'de', 4.5],
  ])('%s of %o', (path, subject, argument, expected) => expect(apply(path, subject, argument)).toBe(expected));

  it.each(['', 'abc', '1.2.3', '1,23', '12 34', '--1'])('reads no number in %o', (sourceString) => {
    expect(() => act('String.toNumber', { sourceString })).toThrow(/Expected a number.*Remove letters/);
  });

  it('gives the text back when it is reversed twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(apply('String:reverse', apply('String:reverse', text))).toBe(text);
      }),
    );
  });

  it('makes random texts of the asked length', () => {
    expect(act('String.randomString', { randomStringLength: 12 })).toMatch(/^[A-Za-z0-9]{12}$/);
    expect(() => act('String.randomString', { randomStringLength: -1 })).toThrow(BotError);
  });

  it('ends lines as the device does', () => {
    expect([read('String:Enter'), read('String:Newline'), read('String:Tab')]).toEqual([EOL, EOL, '\t']);
  });
});

describe('String.evaluate', () => {
  it('fills in the chosen variables and leaves other names alone', () => {
    const sourceMap = new Map<string, import('@signalbox/taskbot').BotValue>([
      ['name', 'Ada'],
      ['d', new Map([['city', 'Paris']])],
      ['l', ['x', 'y']],
      ['r', record(['Total'], [7])],
      ['c', new BotCredential(() => 'hunter2')],
    ]);
    expect(
      act('String.evaluate', { sourceString: '$Name$ $d{city}$ $l[1]$ $r{total}$ $c$ $other$ 5$$', sourceMap }),
    ).toBe('Ada Paris y 7 ******** $other$ 5$');
  });
});

describe('String.ImportStringFromTextFile', () => {
  it('reads the file, or the line with the key', () => {
    const host = testHost();
    mkdirSync(join(host.folder, 'in'));
    writeFileSync(join(host.folder, 'in/a.txt'), 'host=h1\r\nport=25\r\n');
    expect(act('String.ImportStringFromTextFile', { filePath: 'in\\a.txt', key: 'port' }, host)).toBe('25');
    expect(act('String.ImportStringFromTextFile', { filePath: 'in/a.txt' }, host)).toContain('host=h1');
    expect(() => act('String.ImportStringFromTextFile', { filePath: 'in/a.txt', key: 'x' }, host)).toThrow(
      /Check the key/,
    );
  });
});

describe('String.stringVariable', () => {
  it.each([
    ['EQ', 'Abc', 'abc', {}, true],
    ['EQ', 'Abc', 'abc', { matchCase: true }, false],
    ['NEQ', 'Abc', 'abc', {}, false],
    ['INCLUDE', 'Abc', 'B', {}, true],
    ['NOTINCLUDE', 'Abc', 'B', { matchCase: true }, true],
    ['EQ', 'a\r\nb', 'a\nb', { isIgnoreCarriage: true }, true],
  ])('%s %o %o %o', (operator, variable, value, more, expected) => {
    expect(check('String.stringVariable', { operator, variable, value, ...more })).toBe(expected);
  });
});
