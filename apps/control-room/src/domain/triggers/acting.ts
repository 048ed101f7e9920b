import { sql } from 'kysely';
import { storableText, type Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { recordAudit } from '../audit/index.ts';
import type { Launch, Launches } from '../launches/index.ts';
import { callbackOf, type TriggerRow } from './trigger.ts';

export const EVALUATION_OUTCOMES = ['FIRED', 'NOT_FIRED', 'REFUSED'] as const;
export type EvaluationOutcome = (typeof EVALUATION_OUTCOMES)[number];

/** What a trigger saw when it was looked at, and what came of it. */
export interface Evaluation {
  readonly outcome: EvaluationOutcome;
  readonly saw: Readonly<Record<string, unknown>>;
  readonly why: string;
  readonly deploymentId: string | null;
}

const SYSTEM = { type: 'system', id: 0, name: 'system' } as const;
/** Evaluations that are kept of each trigger. */
export const KEPT_EVALUATIONS = 200;

/** What happens when a trigger acts: once for each event, in the transaction that takes the event. */
export function createActing({ metrics }: Kernel, launches: Launches) {
  const counted = metrics.counter('trigger_evaluations_total', 'What came of looking at triggers.', [
    'kind',
    'outcome',
  ]);

  async function trace(tx: Transaction, row: TriggerRow, evaluation: Evaluation): Promise<Evaluation> {
    const { outcome, saw, why, deploymentId } = evaluation;
    counted.inc({ kind: row.kind.toLowerCase(), outcome: outcome.toLowerCase() });
    // A queue is looked at with every item: what is the same again is counted, not written anew.
    const same = await tx.all(
      sql`update trigger_evaluation set times = times + 1, saw = ${JSON.stringify(saw)}::jsonb, looked_on = present()
        where ${outcome} = 'NOT_FIRED' and outcome = 'NOT_FIRED' and why = ${why}
          and id = (select max(id) from trigger_evaluation where trigger_id = ${row.id}) returning 1`,
    );
    if (same.length > 0) return evaluation;
    await tx.all(sql`insert into trigger_evaluation (trigger_id, outcome, saw, why, deployment_id)
      values (${row.id}, ${outcome}, ${JSON.stringify(saw)}::jsonb, ${why}, ${deploymentId})`);
    await tx.all(sql`delete from trigger_evaluation where trigger_id = ${row.id} and id <= (
      select id from trigger_evaluation where trigger_id = ${row.id} order by id desc offset ${KEPT_EVALUATIONS} limit 1)`);
    return evaluation;
  }

  return {
    trace,

    /**
     * Acts upon an event, if it has not done so before.
     *
     * @param key of the event, the same whenever it is seen
     * @param text for the bot
     * @returns undefined when the event is known
     */
    async act(
      tx: Transaction,
      row: TriggerRow,
      { key, saw, text }: { readonly key: string; readonly saw: Evaluation['saw']; readonly text: string },
    ): Promise<Evaluation | undefined> {
      const taken = await tx.all(sql`insert into trigger_event (trigger_id, event_key) values (${row.id}, ${key})
        on conflict do nothing returning 1`);
      if (taken.length === 0) return undefined;
      const evaluation = await deploy(tx, row, saw, text);
      await tx.all(
        sql`update trigger_event set deployment_id = ${evaluation.deploymentId} where trigger_id = ${row.id} and event_key = ${key}`,
      );
      await tx.all(sql`update event_trigger set firings = firings + 1, last_fired_on = present() where id = ${row.id}`);
      await recordAudit(tx, {
        actor: SYSTEM,
        action: 'trigger.fire',
        subject: { type: 'trigger', id: row.id, name: row.name },
        outcome: evaluation.outcome === 'FIRED' ? 'SUCCESSFUL' : 'UNSUCCESSFUL',
        details: { kind: row.kind, event: key, deploymentId: evaluation.deploymentId },
      });
      return trace(tx, row, evaluation);
    },
  };

  async function deploy(tx: Transaction, row: TriggerRow, saw: Evaluation['saw'], text: string): Promise<Evaluation> {
    const launch = withEvent(launches.take(row, callbackOf(row.id)), row.inputVariable, storableText(text));
    const done = await launches.attempt(tx, row.createdBy, launch, { type: 'TRIGGER', id: row.id });
    return 'refusal' in done
      ? { outcome: 'REFUSED', saw, why: done.refusal, deploymentId: null }
      : { outcome: 'FIRED', saw, why: '', deploymentId: done.deploymentId };
  }
}

/**
 * A bot is given what happened in a variable. A process has it as the payload of its item, or in a field of that name of each
 * payload that it was given.
 */
function withEvent(launch: Launch, name: string, text: string): Launch {
  const { target } = launch;
  if (target.kind !== 'PROCESS')
    return { ...launch, botInput: { ...launch.botInput, [name]: { type: 'STRING', string: text } } };
  const event = readEvent(text);
  const payloads = target.payloads?.map((payload) =>
    typeof payload === 'object' && payload !== null && !Array.isArray(payload)
      ? { ...payload, [name]: event }
      : payload,
  );
  return { ...launch, target: { ...target, payloads: payloads ?? [event] } };
}

const DEEPEST = 200;

/** JSON as what it says, unless it is nested so deeply that nobody could keep it; anything else as the text that it is. */
function readEvent(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeper(value, DEEPEST) ? text : value;
  } catch {
    return text;
  }
}

function isDeeper(value: unknown, than: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return than === 0 || Object.values(value).some((one) => isDeeper(one, than - 1));
}

export type Acting = ReturnType<typeof createActing>;
