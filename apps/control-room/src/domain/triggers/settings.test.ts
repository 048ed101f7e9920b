import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fits, readSettings } from './settings.ts';

describe('a pattern of names', () => {
  it.each([
    ['*.csv', 'Orders.CSV', true],
    ['*.csv', 'orders.csv.bak', false],
    ['order?.*', 'order1.txt', true],
    ['order?.*', 'order.txt', false],
    ['*', '', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-b-b', false],
    ['', 'x', false],
    ['[a].(b)+', '[a].(b)+', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(fits(pattern, name)).toBe(expected);
  });

  it('means what the same expression means', () => {
    const part = fc.constantFrom('a', 'b', '*', '?', '.');
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 8 }),
        (parts, letters) => {
          const expression = parts
            .map((one) => (one === '*' ? '.*' : one === '?' ? '.' : one === '.' ? '\\.' : one))
            .join('');
          expect(fits(parts.join(''), letters.join(''))).toBe(new RegExp(`^${expression}$`).test(letters.join('')));
        },
      ),
    );
  });

  it('is walked quickly, however it was thought up', () => {
    expect(fits(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).toBe(false);
  });
});

describe('the settings of a trigger', () => {
  it('take what the kind needs, and standards for the rest', () => {
    expect(readSettings('QUEUE_DEPTH', { queueId: 3, atLeast: 5, folderId: 7 })).toEqual({
      kind: 'QUEUE_DEPTH',
      queueId: 3,
      atLeast: 5,
      rearmBelow: 5,
      pauseSeconds: 0,
    });
    expect(readSettings('RUN_END', { statuses: [' run_failed '] })).toEqual({
      kind: 'RUN_END',
      fileId: null,
      statuses: ['RUN_FAILED'],
    });
  });

  it('are refused with the field that is missing or cannot be', () => {
    expect(() => readSettings('SCHEDULE_END', {})).toThrow(/scheduleId/);
    expect(() => readSettings('QUEUE_DEPTH', { queueId: 3, atLeast: 2, rearmBelow: 3 })).toThrow(/rearmBelow/);
    expect(() => readSettings('RUN_END', { statuses: ['RUNNING'] })).toThrow(/RUNNING/);
  });
});
