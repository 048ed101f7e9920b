import { BotError } from '@signalbox/taskbot';
import { describe, expect, it } from 'vitest';
import { act, apply, check } from './support.ts';

describe('Number', () => {
  it.each([
    ['Number.assignToNumber', { input: 3 }, 3],
    ['Number.increment', { source: 3, by: 2 }, 5],
    ['Number.increment', { source: 3 }, 4],
    ['Number.decrement', { source: 3, by: 2 }, 1],
    ['Number.toString', { input: 2.5, numFormatDigits: 0 }, '3'],
    ['Number.toString', { input: 1.005, numFormatDigits: 2 }, '1.01'],
    ['Number.toString', { input: 3, numFormatDigits: 2 }, '3.00'],
    ['Number.toString', { input: 1e21 }, '1000000000000000000000'],
    ['Number.toString', { input: 1e-7 }, '0.0000001'],
    ['Number.toString', { input: -0 }, '0'],
  ])('%s of %o', (path, input, expected) => expect(act(path, input)).toBe(expected));

  it.each([
    ['Number:toString', 5, undefined, '5'],
    ['Number:toString', 5.25, '1', '5.3'],
    ['Number:toString', 'already', undefined, 'already'],
    ['Number:increment', 5, undefined, 6],
    ['Number:increment', '5', '3', 8],
    ['Number:decrement', 5, undefined, 4],
  ])('%s of %o', (path, subject, argument, expected) => expect(apply(path, subject, argument)).toBe(expected));

  it('draws whole numbers with both ends included', () => {
    const drawn = new Set(Array.from({ length: 200 }, () => act('Number.randomNumber', { fromVal: 1, toVal: 3 })));
    expect([...drawn].sort()).toEqual([1, 2, 3]);
  });

  it('draws with precision when asked', () => {
    const drawn = Number(act('Number.randomNumber', { fromVal: 0, toVal: 1, isRequiredPrecision: true, precision: 3 }));
    expect(drawn).toBeGreaterThanOrEqual(0);
    expect(Number(drawn.toFixed(3))).toBe(drawn);
  });

  it('refuses a range the wrong way round', () => {
    expect(() => act('Number.randomNumber', { fromVal: 3, toVal: 1 })).toThrow(/Swap them/);
  });

  it.each([
    ['EQ', 1, 1, true],
    ['NEQ', 1, 1, false],
    ['GT', 2, 1, true],
    ['GTE', 1, 1, true],
    ['LT', 1, 1, false],
    ['LTE', 1, 1, true],
  ])('numberVariable: %s', (operator, variable, value, expected) => {
    expect(check('Number.numberVariable', { operator, variable, value })).toBe(expected);
  });
});

describe('Boolean', () => {
  it.each([
    ['Boolean.assign', { userDefined: true }, true],
    ['Boolean.assign', { source: 'variable', variable: true }, true],
    ['Boolean.equalTo', { source: true, checkSource: false }, false],
    ['Boolean.compareTo', { source: true, checkSource: false }, 1],
    ['Boolean.compareTo', { source: true, checkSource: true }, 0],
    ['Boolean.invert', { source: true }, false],
    ['Boolean.toNumber', { source: true }, 1],
    ['Boolean.toString', { source: false }, 'false'],
  ])('%s of %o', (path, input, expected) => expect(act(path, input)).toBe(expected));

  it('says which kind of variable it wants', () => {
    expect(() => act('Boolean.assign', { source: 'variable', variable: 'yes' })).toThrow(BotError);
  });

  it('writes itself inline', () => expect(apply('Boolean:toString', true)).toBe('true'));

  it.each([
    ['EQ', true, true, true],
    ['EQ', true, false, false],
    ['NEQ', true, false, true],
  ])('booleanVariable: %s', (operator, variable, value, expected) => {
    expect(check('Boolean.booleanVariable', { operator, variable, value })).toBe(expected);
  });
});
