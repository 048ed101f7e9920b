import { sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { isOver, type Outcome } from './firing.ts';

/** What became of one time of a schedule. */
export interface PastOccurrence {
  readonly scheduledFor: Temporal.Instant;
  readonly outcome: Outcome;
  readonly why: string;
  readonly deploymentId: string | null;
  readonly decidedOn: Temporal.Instant;
}

const KEPT_DAYS = 90;
const BATCH = 10_000;

const COLUMNS = sql`o.scheduled_for as "scheduledFor", o.outcome, o.why, o.deployment_id as "deploymentId", o.decided_on as "decidedOn"`;
const FIELDS: Fields = {
  scheduledFor: { type: 'instant', sql: sql`o.scheduled_for`, required: true },
  outcome: { type: 'text', sql: sql`o.outcome`, normalise: (word) => word.toUpperCase() },
  deploymentId: { type: 'uuid', sql: sql`o.deployment_id` },
  decidedOn: { type: 'instant', sql: sql`o.decided_on`, required: true },
};

/** What is recorded of the times of schedules. Whoever asks has looked whether the caller may see the schedule. */
export function createHistory({ database }: Kernel) {
  return {
    list: (scheduleId: number, selection: Selection): Promise<Page<PastOccurrence>> =>
      selectPage<PastOccurrence>(
        database,
        {
          columns: COLUMNS,
          source: sql`schedule_occurrence o`,
          visible: sql`o.schedule_id = ${scheduleId}`,
          fields: FIELDS,
          tiebreak: sql`o.scheduled_for`,
        },
        selection,
      ),

    /** The newest one, undefined when there was none yet. */
    last: (scheduleId: number): Promise<PastOccurrence | undefined> =>
      database.first(
        sql<PastOccurrence>`select ${COLUMNS} from schedule_occurrence o where o.schedule_id = ${scheduleId}
          order by o.scheduled_for desc limit 1`,
      ),

    /**
     * A background duty: forgets what is older than three months, and that runs were under way which are over. The newest of
     * each schedule guards what is decided.
     */
    async sweep(): Promise<void> {
      await database.all(sql`delete from schedule_occurrence where ctid in (
        select o.ctid from schedule_occurrence o where o.decided_on < present() - make_interval(days => ${KEPT_DAYS}) and o.outcome <> 'WAITING'
          and exists (select from schedule_occurrence n where n.schedule_id = o.schedule_id and n.scheduled_for > o.scheduled_for)
        limit ${BATCH})`);
      await database.all(sql`update schedule_occurrence o set unfinished = false where o.unfinished and ${isOver()}`);
    },
  };
}
