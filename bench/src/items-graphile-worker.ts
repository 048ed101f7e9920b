import { setTimeout as pause } from 'node:timers/promises';
import { Logger, makeWorkerUtils, type RunnerOptions, run, runMigrations } from 'graphile-worker';
import { Pool } from 'pg';
import type { Round } from './cycle.ts';
import type { Load } from './items-signalbox.ts';
import { payloads } from './payload.ts';
import { secondsOf, share } from './timing.ts';

/** As many connections as our server has. */
const CONNECTIONS = 20;
const silent = new Logger(() => () => undefined);

export interface GraphileWorker {
  round(load: Load): Promise<Round>;
  close(): Promise<void>;
}

/**
 * graphile-worker in this process, talking to PostgreSQL directly.
 *
 * @param batched with its local queue and batched completion; otherwise as it comes
 */
export async function openGraphileWorker(databaseUrl: string, batched: boolean): Promise<GraphileWorker> {
  const pgPool = new Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  pgPool.on('error', () => {});
  pgPool.on('connect', (client) => client.on('error', () => {}));
  await runMigrations({ pgPool, logger: silent });
  const utils = await makeWorkerUtils({ pgPool, logger: silent });

  async function workOff(items: number, callers: number): Promise<number> {
    let handled = 0;
    const all = Promise.withResolvers<void>();
    const options: RunnerOptions = {
      pgPool,
      logger: silent,
      concurrency: callers,
      noHandleSignals: true,
      taskList: {
        invoice: () => {
          if (++handled === items) all.resolve();
        },
      },
      ...(batched
        ? { preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } } }
        : {}),
    };
    const began = performance.now();
    const runner = await run(options);
    await all.promise;
    // The handler is done with the last job; that the completions are on disk is seen by the jobs being gone.
    while (await jobsLeft(pgPool)) await pause(1);
    const seconds = (performance.now() - began) / 1_000;
    await runner.stop();
    return seconds;
  }

  return {
    round: async ({ items, callers, batch }) => {
      const bodies = payloads(items);
      const add = await secondsOf(() =>
        batch === 1
          ? share(items, callers, (_, index) => utils.addJob('invoice', bodies[index]))
          : share(Math.ceil(items / batch), callers, (_, index) =>
              utils.addJobs(
                bodies.slice(index * batch, (index + 1) * batch).map((payload) => ({ identifier: 'invoice', payload })),
              ),
            ),
      );
      return { items, add, claim: await workOff(items, callers), complete: undefined };
    },
    close: async () => {
      await utils.release();
      await pgPool.end();
    },
  };
}

async function jobsLeft(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ left: boolean }>(
    'select exists (select from graphile_worker._private_jobs) as left',
  );
  return rows[0]?.left ?? false;
}
