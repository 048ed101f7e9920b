import { PgBoss } from 'pg-boss';
import type { Round } from './cycle.ts';
import type { Load } from './items-signalbox.ts';
import { payloads } from './payload.ts';
import { secondsOf, share } from './timing.ts';

/** As many connections as our server has. */
const CONNECTIONS = 20;
const QUEUE = 'invoices';

export interface PgBossRounds {
  round(load: Load): Promise<Round>;
  close(): Promise<void>;
}

/** pg-boss in this process, talking to PostgreSQL directly: send or insert, fetch, complete. */
export async function openPgBoss(databaseUrl: string): Promise<PgBossRounds> {
  const boss = new PgBoss({ connectionString: databaseUrl, max: CONNECTIONS });
  // Of its upkeep; what we ask of it ourselves fails by its promise.
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue(QUEUE);
  return {
    round: async ({ items, callers, batch }) => {
      const calls = Math.ceil(items / batch);
      const bodies = payloads(items);
      const add = await secondsOf(() =>
        share(calls, callers, (_, index) =>
          batch === 1
            ? boss.send(QUEUE, bodies[index])
            : boss.insert(
                QUEUE,
                bodies.slice(index * batch, (index + 1) * batch).map((data) => ({ data })),
              ),
        ),
      );
      const held: string[][] = [];
      const claim = await secondsOf(() =>
        share(calls, callers, async () => {
          held.push((await boss.fetch(QUEUE, { batchSize: batch })).map(({ id }) => id));
        }),
      );
      const fetched = held.reduce((sum, ids) => sum + ids.length, 0);
      if (fetched !== items) throw new Error(`pg-boss gave out ${fetched} of ${items} jobs.`);
      const complete = await secondsOf(() =>
        share(held.length, callers, (_, index) => boss.complete(QUEUE, held[index] ?? [])),
      );
      return { items, add, claim, complete };
    },
    close: () => boss.stop({ graceful: false }),
  };
}
