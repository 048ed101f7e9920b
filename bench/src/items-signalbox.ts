import type { ControlRoom, HeldItem } from './control-room.ts';
import type { Round } from './cycle.ts';
import { payloads } from './payload.ts';
import { secondsOf, share } from './timing.ts';

export interface Load {
  readonly items: number;
  readonly callers: number;
  /** Items a request. */
  readonly batch: number;
}

/** Adds, claims and completes through HTTP, one phase after the other. */
export async function runSignalbox(room: ControlRoom, { items, callers, batch }: Load): Promise<Round> {
  const calls = Math.ceil(items / batch);
  const bodies = payloads(items);
  const add = await secondsOf(() =>
    share(calls, callers, (_, index) => room.add(bodies.slice(index * batch, (index + 1) * batch))),
  );

  const held: { runner: number; items: HeldItem[] }[] = [];
  let claimed = 0;
  const claim = await secondsOf(() =>
    share(calls, callers, async (runner) => {
      const taken = await room.claim(runner, batch);
      claimed += taken.length;
      held.push({ runner, items: taken });
    }),
  );
  if (claimed !== items) throw new Error(`Of ${items} items ${claimed} were claimed.`);

  // Whoever claimed an item reports it, as it is outside.
  const complete = await secondsOf(() => {
    const mine = Map.groupBy(held, ({ runner }) => runner);
    return Promise.all(
      [...mine.values()].map(async (list) => {
        for (const { runner, items: taken } of list) await room.complete(runner, taken);
      }),
    );
  });
  return { items, add, claim, complete };
}
