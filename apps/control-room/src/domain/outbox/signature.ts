import { createHash, createHmac } from 'node:crypto';

/**
 * How a receiver knows that a message is ours and whole.
 *  - `standard`: the headers of the Standard Webhooks specification, for which there are libraries in every language
 *  - `body`: `x-rc-signature` over the body alone (contract robocorp §7.1)
 *  - `on-demand`: what provisioners of workers check (contract robocorp §10.1)
 */
export const SIGNATURES = ['standard', 'body', 'on-demand'] as const;
export type Signature = (typeof SIGNATURES)[number];

/** One attempt to deliver. */
export interface Signed {
  readonly eventId: string;
  /** When it is sent, since 1970. */
  readonly seconds: number;
  readonly url: string;
  readonly body: string;
}

type Headers = readonly (readonly [string, string])[];

/** @param secret base64 for `standard`, the text itself for the others */
export function signatureHeaders(signature: Signature, secret: string, signed: Signed): Headers {
  switch (signature) {
    case 'standard':
      return standardHeaders(secret, signed);
    case 'body':
      return [['x-rc-signature', bodySignature(secret, signed.body)]];
    case 'on-demand':
      return onDemandHeaders(secret, signed);
  }
}

/** After these answers nobody tries again: a provisioner has understood, and will not (contract robocorp §10.1). */
export function isFinalRefusal(signature: Signature, status: number): boolean {
  return signature === 'on-demand' && (status === 400 || status === 403);
}

/** The signature is over `id.timestamp.body`. */
function standardHeaders(secret: string, { eventId, seconds, body }: Signed): Headers {
  const signed = createHmac('sha256', Buffer.from(secret, 'base64')).update(`${eventId}.${seconds}.${body}`);
  return [
    ['webhook-id', eventId],
    ['webhook-timestamp', String(seconds)],
    ['webhook-signature', `v1,${signed.digest('base64')}`],
  ];
}

/** HMAC-SHA256 of the body as it is sent, in lower-case hex. */
export function bodySignature(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

function onDemandHeaders(secret: string, { seconds, url, body }: Signed): Headers {
  const { host, pathname, search } = new URL(url);
  const signed: Headers = [
    ['content-type', 'application/json'],
    ['host', host],
  ];
  const request = { method: 'POST', path: pathname, query: search.slice(1), headers: signed, seconds, body };
  return [
    ['x-rc-signature', onDemandSignature(secret, request)],
    ['x-rc-timestamp', String(seconds)],
    ['x-rc-signed-headers', signed.map(([name]) => name).join(';')],
  ];
}

/** Over the request and the time, in hex. The headers are signed in the order in which they are given. */
export function onDemandSignature(
  secret: string,
  request: Pick<Signed, 'seconds' | 'body'> & {
    readonly method: string;
    readonly path: string;
    /** Without the question mark. */
    readonly query: string;
    readonly headers: Headers;
  },
): string {
  const { method, path, query, headers, seconds, body } = request;
  const names = headers.map(([name]) => name).join(';');
  const lines = headers.map(([name, value]) => `${name}:${value}`);
  const canonical = [method.toUpperCase(), path, query, ...lines, names, digestOf(body)].join('\n');
  return createHmac('sha256', secret)
    .update(['sha256', seconds, digestOf(canonical)].join('\n'))
    .digest('hex');
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64');
