import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from './log.ts';
import { repeat } from './repeating.ts';

const log = createLogger('silent');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a duty', () => {
  it('is done at once, when it says, and at the latest after its longest pause', async () => {
    const times: number[] = [];
    const answers = [3, undefined, 1_000];
    const duty = repeat('d', log, async () => {
      times.push(Math.round(performance.now() / 1000));
      return answers.shift();
    });
    const began = performance.now() / 1000;
    await vi.advanceTimersByTimeAsync(40_000);
    expect(times.map((time) => time - Math.round(began))).toEqual([0, 3, 18, 33]);
    await duty.stop();
  });

  it('is done sooner when somebody asks, and once more when he asks while it is under way', async () => {
    let count = 0;
    const gate = Promise.withResolvers<void>();
    const duty = repeat('d', log, async () => {
      count++;
      if (count === 2) await gate.promise;
      return undefined;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    duty.soon();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(count).toBe(2);
    duty.soon();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(count).toBe(2);
    gate.resolve();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(count).toBe(3);
    await duty.stop();
  });

  it('goes on after a failure, and not after it was stopped', async () => {
    let count = 0;
    const duty = repeat('d', log, async () => {
      count++;
      throw new Error('not now');
    });
    await vi.advanceTimersByTimeAsync(2_600);
    expect(count).toBe(3);
    await duty.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count).toBe(3);
  });
});
