import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { sourcesOf } from '../work/index.ts';

/** What becomes of what waits in a run that somebody has stopped. */
export interface StopRule {
  readonly remainingAsDone: boolean;
  readonly reason: string;
}

/**
 * What waits is done, or has failed and can be tried again. At once when somebody stops the run, and at every look after
 * that: robots at work may still hand something on.
 */
export async function settleRest(tx: Transaction, processRunId: string, rule: StopRule | null): Promise<void> {
  const done = rule?.remainingAsDone ?? false;
  await tx.all(sql`update work_item set status = ${done ? 'COMPLETED' : 'FAILED'}, version = version + 1, end_time = present(),
      exception_type = ${done ? null : 'orchestrator'}, exception_code = ${done ? null : 'RUN_STOPPED'},
      error = ${done ? null : rule?.reason || 'The process run was stopped.'}, updated_by = 0, updated_on = present()
    where process_run_id = ${processRunId} and status in (${sql.raw(sourcesOf('fail'))}) and not awaits_parent
      and queue_id in (select queue_id from process_step)`);
  // Step runs that wait for a worker have no work any more.
  await tx.all(
    sql`delete from run r using step_run s where s.process_run_id = ${processRunId} and r.id = s.run_id and r.status = 'QUEUED'`,
  );
}
