import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { recordAudit } from '../audit/index.ts';
import { deleteRuns } from '../runs/index.ts';

const FORGOTTEN_AT_ONCE = 20;

/** Process runs with their items, their step runs and all that those have said and left. */
export async function removeProcessRuns(tx: Transaction, ids: readonly string[]): Promise<void> {
  const which = sql`any(${[...ids]}::uuid[])`;
  const stepRuns = await tx.all(sql<{ id: string }>`select run_id as id from step_run where process_run_id = ${which}`);
  await deleteRuns(
    tx,
    stepRuns.map(({ id }) => id),
  );
  await tx.all(sql`with gone as (delete from work_item where process_run_id = ${which} returning id)
    delete from work_item_payload p using gone where p.work_item_id = gone.id`);
  await tx.all(sql`delete from process_run where id = ${which}`);
}

/** A background duty: forgets runs that completed so many days ago. Unresolved ones wait for somebody. */
export async function forgetProcessRuns(database: Database, days: number): Promise<void> {
  for (;;) {
    const gone = await database.transaction(async (tx) => {
      const runs = await tx.all(
        sql<{ id: string }>`select id from process_run where state = 'completed'
          and ended_on < present() - make_interval(days => ${days}) order by ended_on limit ${FORGOTTEN_AT_ONCE} for update skip locked`,
      );
      if (runs.length === 0) return 0;
      await removeProcessRuns(
        tx,
        runs.map(({ id }) => id),
      );
      await recordAudit(tx, {
        actor: { type: 'system', id: 0, name: 'system' },
        action: 'processRun.forget',
        subject: { type: 'processRuns', id: runs.length },
        details: { days },
      });
      return runs.length;
    });
    if (gone < FORGOTTEN_AT_ONCE) return;
  }
}
