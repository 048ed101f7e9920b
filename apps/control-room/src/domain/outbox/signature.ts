import { createHmac } from 'node:crypto';

/**
 * The headers by which a receiver knows that a message is ours, whole and not old: those of the Standard Webhooks
 * specification, for which there are libraries in every language. The signature is over `id.timestamp.body`.
 *
 * @param seconds when it is sent, since 1970
 */
export function signatureHeaders(
  secret: string,
  { eventId, seconds, body }: { readonly eventId: string; readonly seconds: number; readonly body: string },
): readonly (readonly [string, string])[] {
  const signed = createHmac('sha256', Buffer.from(secret, 'base64')).update(`${eventId}.${seconds}.${body}`);
  return [
    ['webhook-id', eventId],
    ['webhook-timestamp', String(seconds)],
    ['webhook-signature', `v1,${signed.digest('base64')}`],
  ];
}
