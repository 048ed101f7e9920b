import { Type } from 'typebox';
import { mayManage, TRIGGER } from '../../automation-anywhere/triggers/access.ts';
import { hookUrl } from '../../automation-anywhere/triggers/trigger-body.ts';
import { ids } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';

const declared = { module: 'Triggers', versions: [{ name: '' }], provenance: 'extension' } as const;

export const makeTriggerSecret = operation({
  ...declared,
  name: 'makeTriggerSecret',
  summary: 'Make a new secret for a webhook',
  description:
    'Shown this once; calls that are signed with the one before are refused from now on. Never kept under an Idempotency-Key: no copy of it stays here.',
  method: 'POST',
  path: '/signalbox/v1/triggers/{id}/secret',
  access: mayManage,
  objects: TRIGGER,
  params: ids('id'),
  reads: true,
  answer: {
    status: 200,
    schema: Type.Object({
      secret: Type.String({ description: 'Base64; the key of HMAC-SHA256.' }),
      hookUrl: Type.String(),
    }),
    description: 'The secret, and where to call.',
  },
  handle: async ({ caller, params }, { triggers, publicUrl }) => {
    const { secret, hookId } = await triggers.makeSecret(caller, params.id);
    return { secret, hookUrl: hookUrl(publicUrl, hookId) };
  },
});

export const callHook = operation({
  ...declared,
  name: 'callWebhook',
  summary: 'Call a webhook',
  description:
    'Signed as the Standard Webhooks specification says: webhook-id, webhook-timestamp (seconds, within five minutes), webhook-signature: v1, and the HMAC-SHA256 over id, timestamp and body with points between, in base64. At most 1 MiB. A webhook-id is taken once.',
  method: 'POST',
  path: '/signalbox/v1/hooks/{id}',
  access: 'anyone',
  params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
  refuses: [401, 409, 413],
  body: 'bytes',
  answer: {
    status: 202,
    schema: Type.Object({ accepted: Type.Boolean() }),
    description: 'It was taken; what came of it is told to the owner of the trigger.',
  },
  handle: async ({ params, body, facts }, { triggers }) => {
    const header = (name: string): string => String(facts.headers[name] ?? '').trim();
    await triggers.hooks.receive({
      hookId: params.id,
      eventId: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signature: header('webhook-signature'),
      // `bytes` is a Buffer; typebox's widest schema type takes in every value, so the declaration cannot say it.
      body: body as Buffer,
    });
    return { accepted: true };
  },
});
