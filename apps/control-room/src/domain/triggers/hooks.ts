import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { sameSecret } from '../../kernel/sealing.ts';
import type { Acting, EvaluationOutcome } from './acting.ts';
import { COLUMNS, secretOf, type TriggerRow } from './trigger.ts';

/** A call from outside, as the Standard Webhooks specification has it. */
export interface HookCall {
  readonly hookId: string;
  /** `webhook-id`: the same at every repetition. */
  readonly eventId: string;
  /** `webhook-timestamp`: seconds since 1970. */
  readonly timestamp: string;
  /** `webhook-signature`: `v1,` and base64; several with spaces between, while a secret is being changed. */
  readonly signature: string;
  readonly body: Buffer;
}

/** A signature that is older, or so much ahead, may have been listened to. */
const WINDOW_SECONDS = 300;
const MOST_BODY_BYTES = 1024 * 1024;
const MOST_SIGNATURES = 5;
/** Signed with when there is no such webhook, so that the answer takes as long. */
const NO_SECRET = Buffer.alloc(32).toString('base64');

/** Calls from outside that begin deployments. */
export function createHooks({ database, sealer, metrics }: Kernel, acting: Acting) {
  const counted = metrics.counter('trigger_hook_calls_total', 'Calls of webhooks.', ['outcome']);

  async function find(hookId: string): Promise<(TriggerRow & { secret: string; now: Temporal.Instant }) | undefined> {
    if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(hookId)) return undefined;
    const row = await database.first(
      sql<
        TriggerRow & { sealed: string | null; now: Temporal.Instant }
      >`select ${COLUMNS}, t.secret_sealed as sealed, present() as now
        from event_trigger t where t.hook_id = ${hookId}::uuid and t.kind = 'WEBHOOK' and t.status = 'ACTIVE'`,
    );
    if (!row?.sealed) return undefined;
    return { ...row, secret: sealer.open(row.sealed, secretOf(row.id)).toString() };
  }

  return {
    /**
     * Takes a call and acts upon it, before it answers.
     *
     * @throws unauthenticated for a webhook that is not there, a signature that does not fit or a time that is not now: which
     *   of them is not said; duplicate for a call that was taken before; tooLarge
     */
    async receive({ hookId, eventId, timestamp, signature, body }: HookCall): Promise<EvaluationOutcome> {
      if (body.byteLength > MOST_BODY_BYTES) {
        throw error('tooLarge', `The body is larger than ${MOST_BODY_BYTES} bytes.`);
      }
      const hook = await find(hookId);
      const signed = createHmac('sha256', Buffer.from(hook?.secret ?? NO_SECRET, 'base64'))
        .update(`${eventId}.${timestamp}.`)
        .update(body)
        .digest('base64');
      const given = signature.split(' ').slice(0, MOST_SIGNATURES);
      const right = given.filter((one) => sameSecret(one, `v1,${signed}`)).length > 0;
      const age = hook ? Math.abs(hook.now.epochMilliseconds / 1000 - readSeconds(timestamp)) : Number.NaN;
      if (!hook || !right || eventId === '' || eventId.length > 255 || !(age <= WINDOW_SECONDS)) {
        counted.inc({ outcome: 'unauthenticated' });
        throw error('unauthenticated', 'The call of the webhook is not taken.', {
          details:
            'expected webhook-id, webhook-timestamp (within five minutes) and webhook-signature, made with the secret of the webhook',
        });
      }
      const saw = { webhookId: eventId, bytes: body.byteLength };
      const done = await database.transaction((tx) =>
        acting.act(tx, hook, { key: `hook:${eventId}`, saw, text: body.toString('utf8') }),
      );
      counted.inc({ outcome: done ? 'taken' : 'repeated' });
      if (!done)
        throw error('duplicate', 'This call was taken before.', {
          details: 'expected another webhook-id for another event',
        });
      return done.outcome;
    },
  };
}

function readSeconds(timestamp: string): number {
  return /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
}
