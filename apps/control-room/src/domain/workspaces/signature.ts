import { createHash, createHmac } from 'node:crypto';

/** A call that a tool has signed with its credential (contract robocorp §9.1). */
export interface SignedCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Seconds since 1970, as they were sent. */
  readonly timestamp: string;
  /** Of GET and DELETE `{}`, whatever was sent. */
  readonly body: string | Uint8Array;
}

/** Base64 of the SHA-256. */
export function digestOf(body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('base64');
}

/** The five lines that are signed. */
export function signatureOf(secret: string, { method, path, timestamp, body }: SignedCall): string {
  const lines = [method.toUpperCase(), path, 'application/json', timestamp, digestOf(body)];
  return createHmac('sha256', secret).update(lines.join('\n')).digest('base64');
}
