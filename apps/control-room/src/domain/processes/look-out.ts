import { sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';
import { RUN_ENDED } from '../runs/index.ts';
import { PROCESS_RUN } from '../work/index.ts';
import type { Advance } from './advance.ts';

/** What comes within this time goes along: a robot that ends many items a second makes no look for each. */
const PAUSE_MS = 50;
/** Somebody looks this often even when nothing was heard: a backstop, not the way things get done. */
const EVERY_MS = 15_000;

/** Advances the runs of processes whenever something has changed about them: one look at a run at a time. */
export function createLookOut({ database, wakeUps, log }: Kernel, { advance, open }: Advance) {
  const waiting = new Set<string>();
  const under = new Map<string, Promise<void>>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function soon(id: string): void {
    if (stopped) return;
    waiting.add(id);
    if (!under.has(id)) look(id);
  }

  function look(id: string): void {
    waiting.delete(id);
    const looking = advance(id)
      .catch((cause) =>
        log.warn({ err: cause, processRun: id }, 'A process run could not be advanced; the next look comes.'),
      )
      .then(() => new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS).unref()))
      .then(() => {
        under.delete(id);
        if (waiting.has(id) && !stopped) look(id);
      });
    under.set(id, looking);
  }

  async function all(): Promise<void> {
    clearTimeout(timer);
    try {
      for (const id of await open()) soon(id);
    } catch (cause) {
      log.warn({ err: cause }, 'Process runs could not be looked through; the next look comes.');
    }
    if (!stopped) timer = setTimeout(all, EVERY_MS).unref();
  }

  async function ended(runId: string): Promise<void> {
    const row = await database
      .first(sql<{ id: string }>`select process_run_id as id from step_run where run_id = ${runId}::uuid`)
      .catch(() => undefined);
    if (row) soon(row.id);
  }

  return {
    start(): void {
      wakeUps.on(PROCESS_RUN, soon);
      wakeUps.on(RUN_ENDED, (id) => void ended(id));
      wakeUps.onGap(() => void all());
      void all();
    },

    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await Promise.all(under.values());
    },
  };
}
