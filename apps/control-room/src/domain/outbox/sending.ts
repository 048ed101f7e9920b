import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { storableJson, type Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Sealer } from '../../kernel/sealing.ts';
import { announce } from '../../kernel/wake-ups.ts';
import type { Signature } from './signature.ts';

/** Something to tell to somebody outside. */
export interface NewMessage {
  /** `callback`, or what a subscription is for. */
  readonly kind: string;
  /** What it tells of, or whom it is for. */
  readonly subject: { readonly type: string; readonly id: string };
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON; a text of `text` as it stands. */
  readonly body: unknown;
  /** The exact JSON to send, instead of `body`. */
  readonly text?: string;
  /** The body holds a secret, and stands sealed in the table. Not for what is counted. */
  readonly sealBody?: boolean;
  readonly createdBy: number;
  /** Where the body names it, too. A UUID. */
  readonly eventId?: string;
  /** Signs instead of the installation's secret. Base64 for standard webhooks, the text itself for the others. */
  readonly secret?: string;
  /** Standard webhooks unless said otherwise. */
  readonly signature?: Signature;
  /** Its members may see the delivery, beside whoever made it. */
  readonly workspaceId?: number;
  /**
   * Counts it among those of this name, from 1 and without holes: the number is added to the body, which must be an object,
   * as `sequence`, and sent as a header.
   */
  readonly stream?: string;
}

/** Whereto, with which headers: sealed in the table, because each part may hold a secret; and a body that does. */
export interface Destination {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret?: string;
  /** Instead of the one that stands in the open. */
  readonly body?: string;
}

export const boundTo = (eventId: string): string => `outbox-message:${eventId}`;

/** @throws invalid when it is no address that can be called */
export function readCallbackUrl(text: string): URL {
  const url = URL.parse(text.trim());
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  // Not shown: it may hold a key.
  throw error('invalid', 'The callback URL is no web address.', { details: 'expected http://… or https://…' });
}

export function createSending(sealer: Sealer) {
  /** Belongs to the caller's transaction: it is told if and only if that commits. @throws invalid for a bad URL */
  return async function send(tx: Transaction, message: NewMessage): Promise<void> {
    const { url, headers, secret, eventId = randomUUID() } = message;
    const body = storableJson(message.text ?? JSON.stringify(message.body));
    const destination: Destination = {
      url,
      headers,
      ...(secret === undefined ? {} : { secret }),
      ...(message.sealBody ? { body } : {}),
    };
    const sealed = sealer.seal(JSON.stringify(destination), boundTo(eventId));
    await tx.all(sql`insert into outbox_message (event_id, kind, subject_type, subject_id, destination_sealed, origin, body, created_by,
        signature, workspace_id, stream)
      values (${eventId}, ${message.kind}, ${message.subject.type}, ${message.subject.id}, ${sealed}, ${readCallbackUrl(url).origin}, ${message.sealBody ? '{}' : body},
        ${message.createdBy}, ${message.signature ?? 'standard'}, ${message.workspaceId ?? null}, ${message.stream ?? null})`);
    await announce(tx, 'outbox', '*');
  };
}
