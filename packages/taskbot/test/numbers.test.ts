import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divide, minus, plus, times } from '../src/index.ts';
import { compare, exp, node, output, set, str, to, variable } from './support.ts';

/** A number of so many decimals, as the whole number that it is and as a double. */
const amount = (most: number, decimals: number) =>
  fc
    .integer({ min: -most * 10 ** decimals, max: most * 10 ** decimals })
    .map((units) => ({ units: BigInt(units), value: units / 10 ** decimals }));
const asDouble = (units: bigint, decimals: number) => Number(units) / 10 ** decimals;

describe('a number that a bot computes', () => {
  it.each([
    ['0.1+0.2', 0.3],
    ['100.10-100', 0.1],
    ['1.1*1.1', 1.21],
    ['0.3/0.1', 3],
    ['1.005*1000', 1005],
    ['1/3*3', 1],
    ['1/3', 1 / 3],
    ['0.1+0.2-0.3', 0],
    ['12345678.01+0.02', 12345678.03],
    ['99999999.99*3', 299999999.97],
    ['1e300*10', 1e301],
  ])('of %s is %d', async (formula, expected) => {
    expect(await output([variable('n', 'NUMBER')], [set('n', formula)], 'n')).toBe(expected);
  });

  it('is what whole-number arithmetic of cents gives, for sums and differences of money', () => {
    fc.assert(
      fc.property(amount(9e8, 2), amount(9e8, 2), (left, right) => {
        expect(plus(left.value, right.value)).toBe(asDouble(left.units + right.units, 2) + 0);
        expect(minus(left.value, right.value)).toBe(asDouble(left.units - right.units, 2) + 0);
      }),
      { numRuns: 50_000 },
    );
  });

  it('is so for products with a rate of four decimals, and for what was multiplied divided again', () => {
    fc.assert(
      fc.property(amount(1_000, 2), amount(9, 4), (price, rate) => {
        const product = times(price.value, rate.value) + 0;
        expect(product).toBe(asDouble(price.units * rate.units, 6) + 0);
        if (rate.units !== 0n) expect(divide(product, rate.value) + 0).toBe(price.value + 0);
      }),
      { numRuns: 50_000 },
    );
  });

  it('adds up a thousand cents to ten, and compares as equal', async () => {
    const adding = [
      node(
        'Loop.loop.commands.start',
        [
          str('loopType', 'ITERATOR'),
          {
            name: 'iterator',
            value: { type: 'ITERATOR', packageName: 'Loop', iteratorName: 'loop.iterators.times' },
            attributes: [{ name: 'times', value: { type: 'NUMBER', number: '1000' } }],
          },
        ],
        { children: [set('n', '$n$+0.01')] },
      ),
      node('If.if', [compare('n', 'EQ', 10)], {
        children: [node('String.assign', [exp('sourceString', 'exactly $n$')], to('s'))],
      }),
    ];
    expect(await output([variable('n', 'NUMBER'), variable('s', 'STRING')], adding, 's')).toBe('exactly 10');
  });
});
