import { randomUUIDv7 } from 'node:crypto';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Connection } from '../../kernel/database/index.ts';
import { error, SignalboxError } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { randomToken } from '../../kernel/sealing.ts';
import { afterUuid, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { recordAudit } from '../audit/index.ts';
import { type Outbox, readCallbackUrl } from '../outbox/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { type NewWebhook, readEvents, type Webhook, type WebhookEvent, type WebhookSecret } from './webhook.ts';

/** Finds a process of the caller's workspace, or throws notFound. Those stand above, and tell this part how. */
export type FindProcess = (caller: WorkspaceCaller, processId: string) => Promise<unknown>;

interface Row {
  readonly id: string;
  readonly processId: string | null;
  readonly events: readonly WebhookEvent[];
  readonly sealed: string;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
}

/** The subscription, with what only the sender needs. */
export interface Subscription extends Webhook, WebhookSecret {
  readonly createdBy: number;
}

const COLUMNS = sql`w.id, w.process_id as "processId", w.events, w.sealed, w.created_by as "createdBy", w.created_on as "createdOn"`;
const LONGEST_ENDPOINT = 2_000;

const boundTo = (id: string): string => `webhook:${id}`;
export const subjectOf = (id: string) => ({ type: 'webhook', id });

export function createSubscriptions({ database, sealer }: Kernel, outbox: Outbox, findProcess: FindProcess) {
  function open({ sealed, ...row }: Row): Subscription {
    // We sealed it.
    const { endpoint, secret } = JSON.parse(sealer.open(sealed, boundTo(row.id)).toString()) as {
      endpoint: string;
      secret: string;
    };
    return { ...row, endpoint, secret };
  }

  async function get(caller: WorkspaceCaller, id: string): Promise<Subscription> {
    const row = await database.first(sql<Row>`select ${COLUMNS} from webhook w where ${named(caller, id)}`);
    if (!row) throw absent(id);
    return open(row);
  }

  return {
    /** With the secret, for whoever sends; to show it, `reveal`. @throws notFound */
    get,

    async list(caller: WorkspaceCaller, stretch: Stretch): Promise<Stretched<Webhook>> {
      const rows = await database.all(
        sql<Row>`select ${COLUMNS} from webhook w where w.workspace_id = ${caller.workspace.id}
            and w.id > coalesce(${afterUuid(stretch)}::uuid, '00000000-0000-0000-0000-000000000000')
          order by w.id limit ${stretch.limit + 1}`,
      );
      const { rows: wanted, next } = stretched(rows, stretch, ({ id }) => id);
      return { rows: wanted.map(withoutSecret), next };
    },

    /** The server makes the secret. @throws invalid for a bad address, an unknown event or process */
    async create(caller: WorkspaceCaller, wanted: NewWebhook): Promise<Subscription> {
      const events = readEvents(wanted.events);
      const endpoint = wanted.endpoint.trim();
      const { origin } = readCallbackUrl(endpoint);
      if (endpoint.length > LONGEST_ENDPOINT) throw error('invalid', 'The endpoint is too long.');
      const processId = await readProcess(caller, wanted.processId);
      const id = randomUUIDv7();
      const sealed = sealer.seal(JSON.stringify({ endpoint, secret: randomToken() }), boundTo(id));
      return database.transaction(async (tx) => {
        const made = await tx.first(
          sql<Row>`insert into webhook as w (id, workspace_id, process_id, events, sealed, origin, created_by)
            values (${id}, ${caller.workspace.id}, ${processId}, ${events}::text[], ${sealed}, ${origin}, ${caller.userId}) returning ${COLUMNS}`,
        );
        if (!made) throw new Error('The webhook was not inserted.');
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'webhook.create',
          subject: { type: 'webhook', id },
          details: { workspace: caller.workspace.uuid, origin, events, processId },
        });
        return open(made);
      });
    },

    /** With the secret. That it was shown is on disk before it is. @throws notFound */
    async reveal(caller: WorkspaceCaller, id: string): Promise<Subscription> {
      const found = await get(caller, id);
      await database.ownTransaction((tx) =>
        recordAudit(tx, { actor: caller.actor, action: 'webhook.reveal', subject: { type: 'webhook', id: found.id } }),
      );
      return found;
    },

    /** What it was not told yet it never will be. @throws notFound */
    async remove(caller: WorkspaceCaller, id: string): Promise<string> {
      return database.transaction(async (tx) => {
        const gone = await tx.first(
          sql<{
            id: string;
            origin: string;
          }>`delete from webhook w where ${named(caller, id)} returning w.id, w.origin`,
        );
        if (!gone) throw absent(id);
        await outbox.messages.withdraw(tx, subjectOf(gone.id));
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'webhook.delete',
          subject: { type: 'webhook', id: gone.id },
          details: { workspace: caller.workspace.uuid, origin: gone.origin },
        });
        return gone.id;
      });
    },

    /** Who wants to hear of an event, in the transaction that brings it about. */
    async wanting(
      tx: Connection,
      { workspaceId, processId }: { readonly workspaceId: number; readonly processId: string },
      event: WebhookEvent,
    ): Promise<Subscription[]> {
      const rows = await tx.all(
        sql<Row>`select ${COLUMNS} from webhook w where w.workspace_id = ${workspaceId}
          and (w.process_id is null or w.process_id = ${processId}::uuid) and ${event} = any(w.events) order by w.id`,
      );
      return rows.map(open);
    },
  };

  async function readProcess(caller: WorkspaceCaller, given: string | undefined): Promise<string | null> {
    if (given === undefined) return null;
    const processId = readUuid(given.trim());
    if (processId !== undefined) {
      const found = await findProcess(caller, processId).catch((cause) => {
        if (cause instanceof SignalboxError && cause.kind === 'notFound') return undefined;
        throw cause;
      });
      if (found !== undefined) return processId;
    }
    // The vendor's call knows no 404.
    throw error('invalid', `The workspace has no process ${given.slice(0, 100)}.`);
  }

  function withoutSecret(row: Row): Webhook {
    const { secret: _, ...webhook } = open(row);
    return webhook;
  }
}

function named(caller: WorkspaceCaller, id: string): RawBuilder<SqlBool> {
  const known = readUuid(id);
  return known === undefined
    ? sql<SqlBool>`false`
    : sql<SqlBool>`w.workspace_id = ${caller.workspace.id} and w.id = ${known}`;
}

const absent = (id: string) => error('notFound', `The workspace has no webhook ${id.slice(0, 100)}.`);

export type Subscriptions = ReturnType<typeof createSubscriptions>;
