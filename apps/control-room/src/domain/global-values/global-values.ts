import { createHash } from 'node:crypto';
import { readTypedValue, TypedValueError } from '@signalbox/taskbot';
import { sql } from 'kysely';
import { storableJson, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { remember } from '../../kernel/remembered.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';

export const GLOBAL_VALUE_TYPES = ['STRING', 'NUMBER', 'BOOLEAN', 'DATETIME', 'LIST', 'DICTIONARY'] as const;

/** A typed value as it stands in a bot: `{"type": "STRING", "string": "…"}`. */
export type TypedGlobal = Readonly<Record<string, unknown>> & { readonly type: (typeof GLOBAL_VALUE_TYPES)[number] };

export interface GlobalValue {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly value: TypedGlobal;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

/** All global values, as runs on devices are given them. */
export interface SharedValues {
  readonly hash: string;
  readonly values: Readonly<Record<string, TypedGlobal>>;
}

export interface GlobalValueSettings {
  readonly name: string;
  readonly description?: string | undefined;
  readonly value: unknown;
}

/** As bots write it between `$@` and `$`. */
const NAME = /^[\p{L}_][\p{L}\p{N}_-]{0,99}$/u;
const MOST_CHARACTERS = 100_000;

const COLUMNS = sql`g.id, g.name, g.description, g.value, g.created_by as "createdBy", g.created_on as "createdOn",
  g.updated_by as "updatedBy", g.updated_on as "updatedOn", g.version`;

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`g.id`, required: true },
  name: { type: 'text', sql: sql`g.name`, required: true },
  description: { type: 'text', sql: sql`g.description`, required: true },
  type: { type: 'text', sql: sql`g.value ->> 'type'`, normalise: (word) => word.toUpperCase() },
  createdOn: { type: 'instant', sql: sql`g.created_on`, required: true },
  updatedOn: { type: 'instant', sql: sql`g.updated_on`, required: true },
};

/** Values that all bots share (bots.md §1.11). Names compare without letter case. */
export function createGlobalValues({ database, wakeUps }: Kernel) {
  const all = remember(wakeUps, 'global-values', async () => {
    const rows = await database.all(
      sql<{ name: string; value: TypedGlobal }>`select name, value from global_value order by lower(name)`,
    );
    const values = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    return { values, hash: createHash('sha256').update(JSON.stringify(values)).digest('base64url') };
  });

  async function get(id: number): Promise<GlobalValue> {
    const found = await database.first(sql<GlobalValue>`select ${COLUMNS} from global_value g where g.id = ${id}`);
    if (!found) throw error('notFound', `There is no global value with the id ${id}.`);
    return found;
  }

  const refuseDuplicate =
    (name: string) =>
    (cause: unknown): never => {
      if (violatedConstraint(cause) === 'global_value_name')
        throw error('duplicate', `There is a global value "${name}" already.`);
      throw cause;
    };

  return {
    get,

    /** All of them by name, as a run is given them. */
    forBots: async (): Promise<Readonly<Record<string, TypedGlobal>>> => (await all.get('all')).values,

    /** The same for a runner, with a hash by which it knows whether it has them already. */
    forRunners: (): Promise<SharedValues> => all.get('all'),

    list: (selection: Selection): Promise<Page<GlobalValue>> =>
      selectPage<GlobalValue>(
        database,
        {
          columns: COLUMNS,
          source: sql`global_value g`,
          visible: sql`true`,
          fields: FIELDS,
          tiebreak: sql`g.id`,
        },
        selection,
      ),

    /** @throws invalid; duplicate */
    async create(caller: Caller, settings: GlobalValueSettings): Promise<GlobalValue> {
      requireName(settings.name);
      const value = readValue(settings.value);
      const id = await database
        .transaction(async (tx) => {
          const row = await tx.first(
            sql<{ id: number }>`insert into global_value (name, description, value, created_by, updated_by)
              values (${settings.name}, ${settings.description ?? ''}, ${value}, ${caller.userId}, ${caller.userId}) returning id`,
          );
          if (!row) throw new Error('The global value was not inserted.');
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'globalValue.create',
            subject: { type: 'globalValue', id: row.id, name: settings.name },
          });
          await announce(tx, 'global-values', '*');
          return row.id;
        })
        .catch(refuseDuplicate(settings.name));
      return get(id);
    },

    /** Bots that run keep what they began with. @throws notFound; staleVersion; invalid; duplicate */
    async update(
      caller: Caller,
      id: number,
      changes: Partial<GlobalValueSettings>,
      version: number | undefined,
    ): Promise<GlobalValue> {
      const before = await get(id);
      const name = changes.name ?? before.name;
      requireName(name);
      const value = readValue(changes.value ?? before.value);
      await database
        .transaction(async (tx) => {
          const changed = await tx.first(
            sql<{
              version: number;
            }>`update global_value set name = ${name}, description = ${changes.description ?? before.description},
                value = ${value}, updated_by = ${caller.userId}, updated_on = present(), version = version + 1
              where id = ${id} and version = ${version ?? before.version} returning version`,
          );
          if (!changed) {
            const now = await get(id);
            throw error(
              'staleVersion',
              `The global value has changed: its version is ${now.version}, the request names ${version ?? before.version}.`,
            );
          }
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'globalValue.update',
            subject: { type: 'globalValue', id, name },
          });
          await announce(tx, 'global-values', '*');
        })
        .catch(refuseDuplicate(name));
      return get(id);
    },

    /** @throws notFound */
    async remove(caller: Caller, id: number): Promise<void> {
      const { name } = await get(id);
      await database.transaction(async (tx) => {
        await tx.all(sql`delete from global_value where id = ${id}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'globalValue.delete',
          subject: { type: 'globalValue', id, name },
        });
        await announce(tx, 'global-values', '*');
      });
    },
  };
}

export type GlobalValues = ReturnType<typeof createGlobalValues>;

function requireName(name: string): void {
  if (NAME.test(name)) return;
  throw error('invalid', 'This cannot be the name of a global value.', {
    details: 'expected letters, digits, _ and -, beginning with a letter or _; at most 100',
  });
}

/** As JSON to store: what a bot could not read is refused now, and not when it runs. */
function readValue(given: unknown): string {
  const value = typeof given === 'string' ? { type: 'STRING', string: given } : given;
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (!GLOBAL_VALUE_TYPES.some((known) => known === type)) {
    throw error('invalid', 'The value has no type that a global value may have.', {
      details: `expected {"type": "STRING", "string": "…"} or the like, of ${GLOBAL_VALUE_TYPES.join(', ')}`,
    });
  }
  try {
    readTypedValue(value);
  } catch (cause) {
    if (cause instanceof TypedValueError) throw error('invalid', `The value cannot be read: ${cause.message}`);
    throw cause;
  }
  const json = storableJson(JSON.stringify(value));
  if (json.length > MOST_CHARACTERS)
    throw error('tooLarge', `The value has ${json.length} characters; ${MOST_CHARACTERS} may be.`);
  return json;
}
