import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import type { Launches } from '../launches/index.ts';
import { UNFINISHED_PROCESS_RUN } from '../processes/index.ts';
import { isFinal, RUN_STATUSES } from '../runs/index.ts';
import { type Decided, decide, GRACE, inWords } from './deciding.ts';
import { callbackOf, type ScheduleRow } from './schedule.ts';

export const OUTCOMES = ['FIRED', 'WAITING', 'MISFIRED', 'EXCLUDED', 'OVERLAPPED', 'REFUSED', 'CANCELLED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const SCHEDULES = 'schedules';
const SYSTEM = { type: 'system', id: 0, name: 'system' } as const;
/** A schedule that nobody keeps up with must not fill the table. */
const MOST_WAITING = 1_000;
const UNFINISHED = sql.raw(
  RUN_STATUSES.filter((status) => !isFinal(status))
    .map((status) => `'${status}'`)
    .join(','),
);

const UNFINISHED_RUN_OF_PROCESS = sql.raw(UNFINISHED_PROCESS_RUN);

interface Settled {
  readonly at: Temporal.Instant;
  readonly outcome: Outcome;
  readonly why: string;
  readonly deploymentId: string | null;
}

/**
 * What becomes of the times of one schedule. The decision, its record and the deployment are one transaction, in which the
 * schedule's row is held: two servers never fire the same one, and one that dies on the way has done nothing.
 */
export function createFiring({ metrics }: Kernel, launches: Launches) {
  const counted = metrics.counter('schedule_occurrences_total', 'What became of the times of schedules.', ['outcome']);

  /**
   * @param row held by this transaction
   * @param noticed when it was seen that something is due; before `now` where many are
   */
  async function settleDue(tx: Transaction, row: ScheduleRow, now: Temporal.Instant, noticed = now): Promise<Decided> {
    const decided = decide(row, now, noticed);
    const settled: Settled[] = [];
    for (const decision of decided.decisions) {
      if (!decision.fire) {
        settled.push({ ...decision, deploymentId: null });
        continue;
      }
      const why = decision.late
        ? `It was run ${inWords(decision.at.until(now))} late: no server was there at its time.`
        : '';
      settled.push(await runOrWait(tx, row, decision.at, why, settled));
    }
    await record(tx, row, settled);
    const ended = decided.next === undefined;
    await tx.all(sql`update schedule set decided_until = ${decided.until}, next_run_on = ${decided.next ?? null},
      status = case when ${ended} then 'INACTIVE' else status end where id = ${row.id}`);
    return decided;
  }

  async function runOrWait(
    tx: Transaction,
    row: ScheduleRow,
    at: Temporal.Instant,
    why: string,
    before: readonly Settled[],
  ): Promise<Settled> {
    if (row.overlapPolicy === 'ALLOW') return fire(tx, row, at, why);
    const fresh = before.some(({ outcome }) => outcome === 'FIRED' || outcome === 'WAITING');
    const { unfinished, waiting } = await overlapOf(tx, row.id);
    if (!fresh && unfinished === 0 && waiting === 0) return fire(tx, row, at, why);
    const inTheWay = `A run before it was not over (${unfinished} deployments)`;
    if (row.overlapPolicy === 'SKIP') return { at, outcome: 'OVERLAPPED', why: `${inTheWay}.`, deploymentId: null };
    const line = waiting + before.filter(({ outcome }) => outcome === 'WAITING').length;
    if (line >= MOST_WAITING) {
      return { at, outcome: 'OVERLAPPED', why: `${inTheWay}, and ${line} wait already.`, deploymentId: null };
    }
    return { at, outcome: 'WAITING', why: `${inTheWay}; it runs after it.`, deploymentId: null };
  }

  async function fire(tx: Transaction, row: ScheduleRow, at: Temporal.Instant, why: string): Promise<Settled> {
    const launch = launches.take(row, callbackOf(row.id));
    const done = await launches.attempt(tx, row.createdBy, launch, { type: 'SCHEDULE', id: row.id });
    return 'refusal' in done
      ? { at, outcome: 'REFUSED', why: done.refusal, deploymentId: null }
      : { at, outcome: 'FIRED', why, deploymentId: done.deploymentId };
  }

  async function record(tx: Transaction, row: ScheduleRow, settled: readonly Settled[]): Promise<void> {
    if (settled.length === 0) return;
    const written =
      await tx.all(sql`insert into schedule_occurrence (schedule_id, scheduled_for, outcome, why, deployment_id, unfinished)
      select ${row.id}, o.at, o.outcome, o.why, o.deployment, o.outcome = 'FIRED'
      from unnest(${settled.map(({ at }) => at.toString())}::timestamptz[], ${settled.map(({ outcome }) => outcome)}::text[],
        ${settled.map(({ why }) => why)}::text[], ${settled.map(({ deploymentId }) => deploymentId)}::uuid[]) as o (at, outcome, why, deployment)
      on conflict (schedule_id, scheduled_for) do update set outcome = excluded.outcome, why = excluded.why,
        deployment_id = excluded.deployment_id, unfinished = excluded.unfinished, decided_on = present()
      where schedule_occurrence.outcome = 'WAITING' returning 1`);
    // The row is held, so this cannot be; if it were, taking everything back is better than running a bot twice.
    if (written.length !== settled.length) throw new Error(`A time of schedule ${row.id} has been decided before.`);
    const counts = Object.fromEntries(
      [...Map.groupBy(settled, ({ outcome }) => outcome)].map(([outcome, all]) => [outcome, all.length]),
    );
    for (const [outcome, count] of Object.entries(counts)) counted.inc({ outcome: outcome.toLowerCase() }, count);
    await recordAudit(tx, {
      actor: SYSTEM,
      action: 'schedule.fire',
      subject: { type: 'schedule', id: row.id, name: row.name },
      outcome: settled.every(({ outcome }) => outcome === 'FIRED') ? 'SUCCESSFUL' : 'UNSUCCESSFUL',
      details: {
        outcomes: counts,
        first: settled[0]?.at.toString(),
        last: settled.at(-1)?.at.toString(),
        deployments: settled.flatMap(({ deploymentId }) => deploymentId ?? []),
      },
    });
    if (settled.some(({ outcome }) => outcome === 'WAITING')) await announce(tx, SCHEDULES, row.id);
  }

  return {
    settleDue,

    /** Runs the first of those that wait for a run before them, when that is over. Answers whether it did. */
    async settleWaiting(tx: Transaction, row: ScheduleRow, now: Temporal.Instant): Promise<boolean> {
      const { unfinished } = await overlapOf(tx, row.id);
      if (unfinished > 0) return false;
      const first = await tx.first(
        sql<{ at: Temporal.Instant }>`select scheduled_for as at from schedule_occurrence
          where schedule_id = ${row.id} and outcome = 'WAITING' order by scheduled_for limit 1`,
      );
      if (!first) return false;
      const waited = first.at.until(now);
      const late = Temporal.Duration.compare(waited, GRACE) > 0;
      const why = late ? `It waited ${inWords(waited)} for a run before it.` : '';
      await record(tx, row, [await fire(tx, row, first.at, why)]);
      return true;
    },
  };
}

/** Of `schedule_occurrence o`: no run of its deployment is under way, and the run of the process is not. */
export function isOver(): RawBuilder<SqlBool> {
  return sql<SqlBool>`(not exists (select from run r where r.deployment_id = o.deployment_id and r.status in (${UNFINISHED}))
    and not exists (select from process_run p where p.id = o.deployment_id and p.state in (${UNFINISHED_RUN_OF_PROCESS})))`;
}

/**
 * How many of a schedule's deployments are not over, and how many of its times wait for them. The run of a process that was
 * over goes on when failed items are tried again.
 */
export async function overlapOf(tx: Pick<Transaction, 'all' | 'first'>, scheduleId: number) {
  await tx.all(sql`update schedule_occurrence o set unfinished = false where o.schedule_id = ${scheduleId} and o.unfinished
    and ${isOver()}`);
  const row = await tx.first(
    sql<{ unfinished: number; waiting: number }>`select
      (select count(*)::int from schedule_occurrence where schedule_id = ${scheduleId} and unfinished)
        + (select count(*)::int from process_run p join schedule_occurrence o on o.deployment_id = p.id and o.schedule_id = ${scheduleId}
          where p.state in (${UNFINISHED_RUN_OF_PROCESS}) and p.started_by = 'schedule' and not o.unfinished) as unfinished,
      (select count(*)::int from schedule_occurrence where schedule_id = ${scheduleId} and outcome = 'WAITING') as waiting`,
  );
  return row ?? { unfinished: 0, waiting: 0 };
}

export type Firing = ReturnType<typeof createFiring>;
