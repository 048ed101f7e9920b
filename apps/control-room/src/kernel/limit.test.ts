import { expect, it } from 'vitest';
import { createLimit } from './limit.ts';

it('lets no more run at once than it may, in the order they came, whatever becomes of each', async () => {
  const limit = createLimit(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const outcomes = await Promise.allSettled(
    [1, 2, 3, 4, 5].map((n) =>
      limit(async () => {
        order.push(n);
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        if (n === 2) throw new Error('two');
        return n;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  expect(await limit(async () => 6)).toBe(6);
});
