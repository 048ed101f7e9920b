import { sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Explanation } from '../work/index.ts';
import type { Evaluation } from './acting.ts';
import type { Trigger } from './trigger.ts';

/** An evaluation as it is kept. */
export interface KeptEvaluation extends Evaluation {
  /** So many times in a row the same. */
  readonly times: number;
  readonly lookedOn: Temporal.Instant;
}

const KEPT_DAYS = 30;

export function createEvaluations({ database }: Kernel) {
  return {
    /** The newest first. Whoever asks has looked whether the caller may see the trigger. */
    list: (triggerId: number): Promise<KeptEvaluation[]> =>
      database.all(
        sql<KeptEvaluation>`select outcome, saw, why, deployment_id as "deploymentId", times, looked_on as "lookedOn"
          from trigger_evaluation where trigger_id = ${triggerId} order by id desc`,
      ),

    /** A background duty: forgets which events were acted upon, long after any of them can come again. */
    async sweep(): Promise<void> {
      await database.all(sql`delete from trigger_event where ctid in (
        select ctid from trigger_event where occurred_on < present() - make_interval(days => ${KEPT_DAYS}) limit 10000)`);
    },
  };
}

/** Why a trigger has not acted, and when it is looked at next. */
export function explainTrigger(trigger: Trigger, last: KeptEvaluation | undefined): Explanation {
  if (trigger.status === 'INACTIVE') return { reason: 'INACTIVE', text: 'Somebody has switched it off.', next: null };
  if (trigger.kind === 'WEBHOOK' && !trigger.hasSecret) {
    return { reason: 'NO_SECRET', text: 'Nobody has made a secret for it, so that no call can be signed.', next: null };
  }
  if (!last)
    return {
      reason: 'NOTHING_HAPPENED',
      text: `Nothing has happened yet that it waits for. ${EVENTS[trigger.kind]}`,
      next: null,
    };
  if (last.outcome === 'REFUSED') {
    return { reason: 'REFUSED', text: `What it was to deploy was refused: ${last.why}`, next: trigger.notBefore };
  }
  if (last.outcome === 'FIRED') {
    return { reason: 'FIRED', text: `It acted at ${last.lookedOn}. ${EVENTS[trigger.kind]}`, next: trigger.notBefore };
  }
  return { reason: 'NOT_FIRED', text: `It was looked at and did not act: ${last.why}`, next: trigger.notBefore };
}

const EVENTS = {
  QUEUE_DEPTH: 'It is looked at with each item that is added, and every few seconds.',
  WEBHOOK: 'It acts when it is called.',
  FILE_SAVED: 'It acts when a file is saved.',
  SCHEDULE_END: 'It acts when all runs of a deployment of the schedule are over.',
  RUN_END: 'It acts when a run is over.',
} as const;
