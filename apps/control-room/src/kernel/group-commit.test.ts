import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { createGroupCommit, dealOut } from './group-commit.ts';

describe('group commit', () => {
  it('takes what comes together as one batch, and gives each caller its own answer', async () => {
    const batches: number[][] = [];
    const group = createGroupCommit<number, number>({
      run: async (batch) => {
        batches.push([...batch]);
        return batch.map((n) => n * 10);
      },
    });
    expect(await Promise.all([1, 2, 3].map((n) => group.submit(n)))).toEqual([10, 20, 30]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('lets a batch gather while its lanes are busy, and no batch weigh more than it may', async () => {
    const batches: number[][] = [];
    const first = Promise.withResolvers<void>();
    const group = createGroupCommit<number, number>({
      run: async (batch) => {
        batches.push([...batch]);
        if (batches.length === 1) await first.promise;
        return batch;
      },
      lanes: 1,
      weigh: (n) => n,
      maxWeight: 5,
    });
    const one = group.submit(1);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const rest = [2, 3, 9, 1].map((n) => group.submit(n));
    first.resolve();
    await Promise.all([one, ...rest]);
    expect(batches).toEqual([[1], [2, 3], [9], [1]]);
  });

  it('runs a batch in nobody’s surroundings, so that no caller’s transaction decides about the others', async () => {
    const surroundings = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const group = createGroupCommit<number, number>({
      run: async (batch) => {
        seen.push(surroundings.getStore());
        return batch;
      },
    });
    const first = surroundings.run('a transaction', () => group.submit(1));
    await Promise.all([first, group.submit(2)]);
    await surroundings.run('a transaction', () => Promise.all([group.submit(3), group.drain()]));
    expect(seen).toEqual([undefined, undefined]);
  });

  it('does not let one bad input refuse its neighbours', async () => {
    const group = createGroupCommit<string, string>({
      run: async (batch) => {
        if (batch.includes('bad')) throw new Error('bad came');
        return batch;
      },
    });
    const answers = await Promise.allSettled(['a', 'bad', 'b'].map((word) => group.submit(word)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('refuses only the input whose answer is an error', async () => {
    const group = createGroupCommit<number, number>({
      run: async (batch) => batch.map((n) => (n === 2 ? new Error('two') : n)),
    });
    await expect(group.submit(2)).rejects.toThrow('two');
    expect(await group.submit(1)).toBe(1);
  });

  it('commits each alone when grouping is off', async () => {
    let batches = 0;
    const group = createGroupCommit<number, number>({
      run: async (batch) => {
        batches++;
        return batch;
      },
      grouping: false,
    });
    await Promise.all([1, 2, 3].map((n) => group.submit(n)));
    expect(batches).toBe(3);
  });

  it('is drained when nothing is under way', async () => {
    let finished = false;
    const group = createGroupCommit<number, number>({
      run: async (batch) => {
        await new Promise(setImmediate);
        finished = true;
        return batch;
      },
    });
    void group.submit(1);
    await group.drain();
    expect(finished).toBe(true);
    await group.drain();
  });

  it('deals out stretches', () => {
    expect(dealOut([1, 2, 3], [2, 0, 1])).toEqual([[1, 2], [], [3]]);
  });
});
