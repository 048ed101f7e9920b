import { BotCredential, BotError } from '@signalbox/taskbot';
import { describe, expect, it } from 'vitest';
import { act, apply, check, record, table } from './support.ts';

describe('parseVariableOperation', () => {
  it.each([
    ['1+1', '2'],
    [' 10 / 4 ', '2.5'],
    ['(2+3)*-4', '-20'],
    ['0.1+0.2', '0.3'],
    ['10/3', '3.33333333333333'],
    ['600/1000+1', '1.6'],
  ])('computes %s', (text, expected) => expect(apply('LegacyAutomation:parseVariableOperation', text)).toBe(expected));

  it.each([
    '',
    'abc',
    'a+1',
    '5',
    '-5',
    '1+',
    '1/0',
    '1 2',
    '02/05/2024',
    '2024-02-05',
    '2024-2-5 10',
    '0800-1234',
    '()',
    '1++',
    '3.4.5+1',
  ])('keeps %o', (text) => expect(apply('LegacyAutomation:parseVariableOperation', text)).toBe(text));

  it('keeps a long text without looking long', () => {
    const text = `${'1+ '.repeat(50_000)}x`;
    const started = performance.now();
    expect(apply('LegacyAutomation:parseVariableOperation', text)).toBe(text);
    expect(performance.now() - started).toBeLessThan(100);
  });
});

describe('the functions of migrated bots', () => {
  const r = record(['Name', 'City'], ['Ada', 'Oslo']);
  it.each([
    ['getIncrementedNumber', '4', undefined, 5],
    ['getIncrementedNumber', '', undefined, 1],
    ['getDecrementedNumber', 4, undefined, 3],
    ['getAbsolutePath', 'Bots\\x.txt', 'C:\\Base', 'C:\\Base\\Bots\\x.txt'],
    ['getAbsolutePath', 'C:\\y.txt', 'C:\\Base', 'C:\\y.txt'],
    ['getAbsolutePath', '\\\\server\\share', 'C:\\Base', '\\\\server\\share'],
    ['getAbsolutePath', 'Bots\\x.txt', '/srv', '/srv/Bots/x.txt'],
    ['parseLegacyKeys', 'a[enter]b[Ctrl Down]', undefined, 'a[ENTER]b[CTRL DOWN]'],
    ['getKeystrokeCount', 'ab[ENTER]', undefined, 3],
    ['getLegacyIndexValue', ['a', 'b'], '1', 'a'],
    ['getLegacyIndexValue', r, 2, 'Oslo'],
    ['getLegacyIndexValue', table(['a', 'b'], ['1', '2'], ['3', '4']), '2,1', '3'],
    ['getLegacyIndexValue', 'single', '1', 'single'],
    ['getCellByIndexOrName', r, '1', 'Ada'],
    ['getCellByIndexOrName', r, '"city"', 'Oslo'],
    ['listToString', ['a', 1], undefined, 'a,1'],
    ['dictionaryToString', new Map([['k', new BotCredential(() => 'x')]]), undefined, 'k=********'],
  ])('%s of %o', (name, subject, argument, expected) => {
    expect(apply(`LegacyAutomation:${name}`, subject, argument)).toEqual(expected);
  });

  it('refuses positions of 0, because old bots count from 1', () => {
    expect(() => apply('LegacyAutomation:getLegacyIndexValue', ['a'], '0')).toThrow(/count from 1/);
    expect(() => apply('LegacyAutomation:getCellByIndexOrName', r, '3')).toThrow(BotError);
    expect(() => apply('LegacyAutomation:getCellByIndexOrName', r, 'x')).toThrow(/"Name", "City"/);
  });

  it('spreads a delay over the keys, secret ones too', () => {
    expect(act('LegacyAutomation.getKeystrokesDelay', { keystrokes: 'abcd', delay: 100 })).toBe(25);
    expect(act('LegacyAutomation.getKeystrokesDelay', { keystrokes: new BotCredential(() => 'ab'), delay: 100 })).toBe(
      50,
    );
  });

  it.each([
    ['EqualsTo', '1.0', '1', true],
    ['EqualsTo', 'True', 'true', true],
    ['DoesNotEqualTo', 'a', 'b', true],
    ['GreaterThan', '10', '9', true],
    ['GreaterThan', 'b', 'A', true],
    ['LessThan', 2, '10', true],
    ['GreaterThanOrEqualTo', '5', 5, true],
    ['LessThanOrEqualTo', 'a', '', false],
  ])('legacyConditionVariable %s %o %o', (operator, variable, value, expected) => {
    expect(check('LegacyAutomation.legacyConditionVariable', { operator, variable, value })).toBe(expected);
  });
});

describe('Math.mathevaluate', () => {
  it.each([
    ['x=15-3*(444/66)^2', 2, -120.77],
    ['2^3^2', undefined, 512],
    ['-2^2', undefined, -4],
    ['sqrt(16)+abs(-1)', undefined, 5],
    ['7 % 4', undefined, 3],
    ['0.1+0.2', undefined, 0.3],
    ['2.5', 0, 3],
    ['3^0.5', 6, 1.732051],
    ['10^50 % 7 + 10^-2', undefined, 2.01],
    ['atan(10^50)', 6, 1.570796],
    ['cos(0)+ln(exp(2))', undefined, 3],
  ])('%s', (expression, precision, expected) =>
    expect(act('Math.mathevaluate', { expression, precision })).toBe(expected),
  );

  it.each([
    '',
    '1/0',
    '2+',
    'process.exit()',
    'constructor(1)',
    '9^9^9^9',
    '9^9999',
    'sin(9^9999)',
    '(-8)^(1/3)',
    'sqrt(-1)',
    `${'('.repeat(5000)}1`,
    '-'.repeat(100_000),
  ])('refuses %s', (expression) =>
    expect(() => act('Math.mathevaluate', { expression })).toThrow(/Expected an expression/),
  );
});
