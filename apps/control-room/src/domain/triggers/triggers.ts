import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { randomToken } from '../../kernel/sealing.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller, Identity } from '../identity/index.ts';
import { type Launch, type Launches, whatRuns } from '../launches/index.ts';
import { requireVisible, type TriggerSettings, type Watched } from './settings.ts';
import {
  COLUMNS,
  callbackOf,
  secretOf,
  type Trigger,
  type TriggerRow,
  type TriggerStatus,
  visibleTo,
} from './trigger.ts';

/** What people say of a trigger. */
export interface NewTrigger {
  readonly name: string;
  readonly description: string;
  readonly status: TriggerStatus;
  readonly settings: TriggerSettings;
  readonly inputVariable: string;
  readonly launch: Launch;
}

export interface TriggersParts extends Watched {
  readonly identity: Identity;
  readonly launches: Launches;
}

const SECRET_BYTES = 32;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`t.id` },
  name: { type: 'text', sql: sql`t.name` },
  kind: { type: 'text', sql: sql`t.kind`, normalise: (word) => word.toUpperCase() },
  status: { type: 'text', sql: sql`t.status`, normalise: (word) => word.toUpperCase() },
  fileId: { type: 'number', sql: sql`t.file_id` },
  lastFiredOn: { type: 'instant', sql: sql`t.last_fired_on` },
  createdBy: { type: 'number', sql: sql`t.created_by` },
  createdOn: { type: 'instant', sql: sql`t.created_on` },
  updatedOn: { type: 'instant', sql: sql`t.updated_on` },
};

/** Triggers as people keep them. */
export function createTriggers({ database, sealer }: Kernel, parts: TriggersParts) {
  const { identity, launches } = parts;

  function asTrigger({ launch, callbackSealed, ...rest }: TriggerRow): Trigger {
    return { ...rest, launch: launches.take({ launch, callbackSealed }, callbackOf(rest.id)) };
  }

  /** @throws notFound, also for what the caller may not see */
  async function get(caller: Caller, id: number): Promise<Trigger> {
    const row = await database.first(
      sql<TriggerRow>`select ${COLUMNS} from event_trigger t where t.id = ${id} and ${visibleTo(caller)}`,
    );
    if (!row) throw error('notFound', `There is no trigger with the id ${id}.`);
    return asTrigger(row);
  }

  /** Held until the transaction ends. @throws notFound; forbidden; staleVersion */
  async function hold(tx: Transaction, caller: Caller, id: number, version?: number): Promise<Trigger> {
    await tx.all(sql`select 1 from event_trigger where id = ${id} for update`);
    const trigger = await get(caller, id);
    if (trigger.createdBy !== caller.userId && !caller.may('eventtriggers.manage')) {
      throw error('forbidden', `The trigger "${trigger.name}" is not ${caller.username}’s.`, {
        details: 'needed: eventtriggers.manage, for those of others',
      });
    }
    if (version !== undefined && version !== trigger.version) {
      throw error(
        'staleVersion',
        `The trigger has changed: its version is ${trigger.version}, the request names ${version}.`,
      );
    }
    return trigger;
  }

  async function requireAllowed(caller: Caller, { settings, launch }: NewTrigger): Promise<void> {
    await requireVisible(parts, caller, settings);
    await launches.check(caller, launch);
  }

  /** Whoever says what is watched and what runs must be allowed both, and he in whose name it runs always. */
  async function requireUsable(caller: Caller, before: Trigger, after: NewTrigger): Promise<void> {
    if (saidBy(before) !== saidBy(after)) await requireAllowed(caller, after);
    const owner = await identity.callerFor(before.createdBy);
    if (!owner) {
      throw error('invalid', 'The user in whose name the trigger acts is disabled or deleted.', {
        details: 'create it anew, in your own name',
      });
    }
    await requireAllowed(owner, after);
  }

  async function write(tx: Transaction, id: number, trigger: NewTrigger): Promise<void> {
    const { fileId, launch, callbackSealed } = launches.keep(trigger.launch, callbackOf(id));
    // What happened before somebody said so is not its business.
    await tx.all(sql`update event_trigger set name = ${trigger.name}, description = ${trigger.description}, status = ${trigger.status},
      kind = ${trigger.settings.kind}, settings = ${JSON.stringify(trigger.settings)}::jsonb, input_variable = ${trigger.inputVariable},
      file_id = ${fileId}, launch = ${launch}::jsonb, callback_sealed = ${callbackSealed}, armed = true, not_before = null,
      active_since = present() where id = ${id}`);
    await announce(tx, 'triggers', id);
  }

  async function note(tx: Transaction, caller: Caller, action: string, id: number, name: string, details: object = {}) {
    await recordAudit(tx, {
      actor: actorOf(caller),
      action,
      subject: { type: 'trigger', id, name },
      details: { ...details },
    });
  }

  return {
    get,

    async list(caller: Caller, selection: Selection): Promise<Page<Trigger>> {
      const page = await selectPage<TriggerRow>(
        database,
        {
          columns: COLUMNS,
          source: sql`event_trigger t`,
          visible: visibleTo(caller),
          fields: FIELDS,
          tiebreak: sql`t.id`,
        },
        selection,
      );
      return { ...page, rows: page.rows.map(asTrigger) };
    },

    /** @throws notFound and forbidden for what is watched and for what runs; invalid */
    async create(caller: Caller, trigger: NewTrigger): Promise<Trigger> {
      return database.transaction(async (tx) => {
        await requireAllowed(caller, trigger);
        const row = await tx.first(
          sql<{
            id: number;
          }>`insert into event_trigger (name, status, kind, settings, file_id, launch, created_by, updated_by)
            values (${trigger.name}, 'INACTIVE', ${trigger.settings.kind}, '{}', ${trigger.launch.fileId}, '{}', ${caller.userId}, ${caller.userId})
            returning id`,
        );
        if (!row) throw new Error('The trigger was not inserted.');
        await write(tx, row.id, trigger);
        const { kind } = trigger.settings;
        await note(tx, caller, 'trigger.create', row.id, trigger.name, { kind, ...whatRuns(trigger.launch) });
        return get(caller, row.id);
      });
    },

    /** It goes on acting in its owner's name. @throws notFound; forbidden; staleVersion; and as `create` does */
    async update(
      caller: Caller,
      id: number,
      change: (before: Trigger) => NewTrigger,
      version?: number,
    ): Promise<Trigger> {
      return database.transaction(async (tx) => {
        const before = await hold(tx, caller, id, version);
        const after = change(before);
        // What is switched off does nothing, whoever may do what by now; what it would do, somebody must be allowed to say.
        if (after.status === 'ACTIVE' || saidBy(before) !== saidBy(after)) await requireUsable(caller, before, after);
        await write(tx, id, after);
        await tx.all(sql`update event_trigger set updated_by = ${caller.userId}, updated_on = present(), version = version + 1
          where id = ${id}`);
        await note(tx, caller, 'trigger.update', id, after.name, { status: after.status, ...whatRuns(after.launch) });
        return get(caller, id);
      });
    },

    /** @throws notFound; forbidden */
    async remove(caller: Caller, id: number): Promise<void> {
      await database.transaction(async (tx) => {
        const trigger = await hold(tx, caller, id);
        await tx.all(sql`delete from event_trigger where id = ${id}`);
        await note(tx, caller, 'trigger.delete', id, trigger.name);
      });
    },

    /**
     * Makes a new secret for a webhook; the one before it opens nothing any more. It is shown this once.
     * @throws notFound; forbidden; invalid for what is no webhook
     */
    async makeSecret(caller: Caller, id: number): Promise<{ secret: string; hookId: string }> {
      const secret = Buffer.from(randomToken(SECRET_BYTES), 'base64url').toString('base64');
      return database.transaction(async (tx) => {
        const trigger = await hold(tx, caller, id);
        if (trigger.kind !== 'WEBHOOK') throw error('invalid', `The trigger "${trigger.name}" is no webhook.`);
        await tx.all(
          sql`update event_trigger set secret_sealed = ${sealer.seal(secret, secretOf(id))} where id = ${id}`,
        );
        await note(tx, caller, 'trigger.makeSecret', id, trigger.name);
        return { secret, hookId: trigger.hookId };
      });
    },
  };
}

/** What it watches and what it does. */
function saidBy({ settings, launch }: NewTrigger | Trigger): string {
  return JSON.stringify([settings, launch]);
}

export type Triggers = ReturnType<typeof createTriggers>;
