import { sql } from 'kysely';
import type { Connection, Origin } from '../../kernel/database/index.ts';

/** Who did something. */
export interface Actor {
  readonly type: 'user' | 'device' | 'system' | 'key' | 'robot';
  readonly id: number;
  readonly name: string;
}

export interface AuditEntry {
  readonly actor: Actor;
  /** `queue.create`: what was done, in the domain's words. */
  readonly action: string;
  readonly subject: { readonly type: string; readonly id: number | string; readonly name?: string };
  readonly outcome?: 'SUCCESSFUL' | 'UNSUCCESSFUL';
  /** Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
  readonly address?: string;
}

/**
 * Writes the row that says what was done. It goes through the connection of the write itself, so that either both are
 * on disk or neither is. Hot statements that write their own row do so in the same statement (domain/work/queries).
 */
export async function recordAudit(
  tx: Connection & { readonly origin?: Origin | undefined },
  entry: AuditEntry,
): Promise<void> {
  const { actor, action, subject, outcome = 'SUCCESSFUL', details } = entry;
  const { requestId = tx.origin?.requestId ?? '', address = tx.origin?.address ?? '' } = entry;
  await tx.all(sql`insert into audit_entry
    (actor_type, actor_id, actor_name, action, subject_type, subject_id, subject_name, outcome, details, request_id, remote_address)
    values (${actor.type}, ${actor.id}, ${actor.name}, ${action}, ${subject.type}, ${String(subject.id)}, ${subject.name ?? ''},
            ${outcome}, ${details === undefined ? null : JSON.stringify(details)}, ${requestId}, ${address})`);
}

/** A user of the wire, or the server itself. */
export function actorOf(caller: { readonly userId: number; readonly username: string }): Actor {
  return { type: caller.userId === 0 ? 'system' : 'user', id: caller.userId, name: caller.username };
}
