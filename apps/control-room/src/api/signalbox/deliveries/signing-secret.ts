import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { declared } from './declared.ts';

const secret = Type.Object({ secret: Type.String({ description: 'Base64; the key of HMAC-SHA256.' }) });

export const revealSigningSecret = operation({
  ...declared,
  name: 'revealDeliverySecret',
  summary: 'Show what deliveries are signed with',
  description:
    'A receiver checks webhook-signature with it: v1, and HMAC-SHA256 over webhook-id, webhook-timestamp and the body with points between, in base64. Recorded in the audit log.',
  method: 'POST',
  path: '/signalbox/v1/deliveries/secret/reveal',
  access: { anyOf: ['system.administer'] },
  reads: true,
  answer: { status: 200, schema: secret, description: 'The secret.' },
  handle: async ({ caller }, { outbox }) => ({ secret: await outbox.signingSecret.reveal(caller) }),
});

export const rotateSigningSecret = operation({
  ...declared,
  name: 'rotateDeliverySecret',
  summary: 'Sign deliveries with a new secret from now on',
  description: 'Never kept under an Idempotency-Key: no copy of it stays here.',
  method: 'POST',
  path: '/signalbox/v1/deliveries/secret/rotate',
  access: { anyOf: ['system.administer'] },
  reads: true,
  answer: { status: 200, schema: secret, description: 'The new secret.' },
  handle: async ({ caller }, { outbox }) => ({ secret: await outbox.signingSecret.rotate(caller) }),
});
