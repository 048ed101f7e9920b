import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitsWildcard } from '../src/support/wildcard.ts';

describe('a wildcard', () => {
  it.each([
    ['a.txt', '*.txt', true],
    ['A.TXT', '*.txt', true],
    ['a.txt.bak', '*.txt', false],
    ['report-2024.csv', 'report-????.csv', true],
    ['report-24.csv', 'report-????.csv', false],
    ['[x].txt', '[x]*', true],
    ['x.txt', '[x]*', false],
    ['LICENSE', '*.*', true],
    ['', '*', true],
    ['abcabc', '*abc', true],
    ['a*b', 'a*b', true],
  ])('%s fits %s: %s', (name, pattern, expected) => expect(fitsWildcard(name, pattern)).toBe(expected));

  it('reads as the same regular expression would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.') });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?') });
    fc.assert(
      fc.property(letters, patterns, (name, pattern) => {
        fc.pre(pattern !== '*.*');
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(fitsWildcard(name, pattern)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 1000 },
    );
  });
});
