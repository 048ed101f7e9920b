import { AsyncLocalStorage } from 'node:async_hooks';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Repository, TASKBOT_TYPES } from '../repository/index.ts';

/** A bot with triggers of its own, and the user or role for whom it watches (contract a §12.1). */
export interface TriggerMapping {
  readonly id: number;
  readonly userId: number | null;
  readonly roleId: number | null;
  readonly botId: number;
  readonly botName: string;
  readonly botPath: string;
  readonly botLabel: string;
  readonly modifiedBy: number;
  readonly modifiedOn: Temporal.Instant;
}

export interface NewMappings {
  readonly botFileId: number;
  readonly botLabel: string;
  /** One of the two is empty. */
  readonly userIds: readonly number[];
  readonly roleIds: readonly number[];
}

const MOST_AT_ONCE = 1_000;
const SYSTEM = { type: 'system', id: 0, name: 'system' } as const;

const COLUMNS = sql`m.id, m.user_id as "userId", m.role_id as "roleId", m.bot_file_id as "botId", b.name as "botName", b.path as "botPath",
  m.bot_label as "botLabel", m.modified_by as "modifiedBy", m.modified_on as "modifiedOn"`;
const FIELDS: Fields = {
  id: { type: 'number', sql: sql`m.id` },
  userId: { type: 'number', sql: sql`m.user_id` },
  roleId: { type: 'number', sql: sql`m.role_id` },
  botId: { type: 'number', sql: sql`m.bot_file_id` },
  botName: { type: 'text', sql: sql`b.name` },
  botPath: { type: 'text', sql: sql`b.path` },
  botLabel: { type: 'text', sql: sql`m.bot_label` },
  lastModified: { type: 'instant', sql: sql`m.modified_on` },
};
/** A user who was deleted has none, from that moment on; the rows go soon after. */
const SOURCE = sql`trigger_mapping m join repository_entry b on b.id = m.bot_file_id`;
const LIVE = sql<SqlBool>`not exists (select from app_user u where u.id = m.user_id and u.deleted_on is not null)`;

/** All with the right to view or manage; otherwise those for oneself. */
function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('eventtriggers.view') || caller.may('eventtriggers.manage')) return LIVE;
  return sql<SqlBool>`(${LIVE} and (m.user_id = ${caller.userId} or m.role_id = any(${[...caller.roleIds]}::bigint[])))`;
}

export function createMappings({ database, wakeUps, log }: Kernel, repository: Repository) {
  async function sweep(): Promise<void> {
    await database.transaction(async (tx) => {
      const gone = await tx.all(
        sql<{
          id: number;
        }>`delete from trigger_mapping m using app_user u where u.id = m.user_id and u.deleted_on is not null returning m.id`,
      );
      if (gone.length === 0) return;
      await recordAudit(tx, {
        actor: SYSTEM,
        action: 'trigger.mapping.delete',
        subject: { type: 'triggerMapping', id: gone.length === 1 ? (gone[0]?.id ?? 0) : '*' },
        details: { mappings: gone.map(({ id }) => id), why: 'The user was deleted.' },
      });
    });
  }
  // Not in the request that deletes the user: the record says that the server did it.
  const sweepSoon = AsyncLocalStorage.bind((): void => {
    sweep().catch((cause) =>
      log.warn({ err: cause }, 'Mappings of a deleted user are still there; the next hour tries again.'),
    );
  });
  wakeUps.on('user-deleted', sweepSoon);

  return {
    sweep,

    list: (caller: Caller, selection: Selection): Promise<Page<TriggerMapping>> =>
      selectPage<TriggerMapping>(
        database,
        { columns: COLUMNS, source: SOURCE, visible: visibleTo(caller), fields: FIELDS, tiebreak: sql`m.id` },
        selection,
      ),

    /**
     * One for each user or role; those that are there already are answered as they are.
     * @throws notFound for the bot; invalid for neither or both of users and roles, unknown ones, and users without licence
     */
    async put(caller: Caller, { botFileId, botLabel, userIds, roleIds }: NewMappings): Promise<TriggerMapping[]> {
      const [users, roles] = [inOrder(userIds), inOrder(roleIds)];
      if ((users.length === 0) === (roles.length === 0) || users.length + roles.length > MOST_AT_ONCE) {
        throw error('invalid', 'A mapping is for users or for roles.', {
          details: `expected either users.userIds or roles.roleIds, 1 to ${MOST_AT_ONCE}; came: ${users.length} users and ${roles.length} roles`,
        });
      }
      const bot = await repository.rights.require(caller, botFileId, 'run');
      if (!TASKBOT_TYPES.includes(bot.contentType) || bot.workspace !== 'PUBLIC') {
        throw error('invalid', `"${bot.path}" is no bot of the public workspace.`, {
          details: 'expected the id of one in botFileId',
        });
      }
      return database.transaction(async (tx) => {
        const fitting = await tx.all(
          sql<{ id: number }>`select u.id from app_user u where u.id = any(${users}::bigint[]) and u.deleted_on is null
              and 'ATTENDEDRUNTIME' = any(u.license_features)
            union all select r.id from role r where r.id = any(${roles}::bigint[])`,
        );
        const missing = [...users, ...roles].filter((id) => !fitting.some((one) => one.id === id));
        if (missing.length > 0) {
          throw error(
            'invalid',
            `${users.length > 0 ? 'Users' : 'Roles'} cannot have the mapping: ${missing.slice(0, 20).join(', ')}.`,
            {
              details: users.length > 0 ? 'needed: a user with the licence ATTENDEDRUNTIME' : 'expected ids of roles',
            },
          );
        }
        const made = await tx.all(
          sql<{ id: number }>`insert into trigger_mapping (bot_file_id, bot_label, user_id, role_id, modified_by)
            select ${botFileId}, ${botLabel}, w.user_id, w.role_id, ${caller.userId} from (
              select u as user_id, null::bigint as role_id from unnest(${users}::bigint[]) u
              union all select null, r from unnest(${roles}::bigint[]) r) w
            on conflict do nothing returning id`,
        );
        if (made.length > 0) {
          await recordAudit(tx, {
            actor: actorOf(caller),
            action: 'trigger.mapping.create',
            subject: { type: 'bot', id: botFileId, name: bot.path },
            details: { users, roles, botLabel, mappings: made.map(({ id }) => id) },
          });
        }
        return tx.all(sql<TriggerMapping>`select ${COLUMNS} from ${SOURCE} where m.bot_file_id = ${botFileId} and m.bot_label = ${botLabel}
          and (m.user_id = any(${users}::bigint[]) or m.role_id = any(${roles}::bigint[])) order by m.id`);
      });
    },

    /** Whoever manages all, or the user himself for whom it is. @throws notFound; forbidden */
    async remove(caller: Caller, id: number): Promise<void> {
      await database.transaction(async (tx) => {
        const mapping = await tx.first(
          sql<TriggerMapping>`select ${COLUMNS} from ${SOURCE} where m.id = ${id} and ${visibleTo(caller)} for update of m`,
        );
        if (!mapping) throw error('notFound', `There is no trigger mapping with the id ${id}.`);
        if (!caller.may('eventtriggers.manage') && mapping.userId !== caller.userId) {
          throw error('forbidden', 'The mapping is not only for the caller.', {
            details: 'needed: eventtriggers.manage',
          });
        }
        await tx.all(sql`delete from trigger_mapping where id = ${id}`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'trigger.mapping.delete',
          subject: { type: 'triggerMapping', id, name: mapping.botPath },
          details: { userId: mapping.userId, roleId: mapping.roleId },
        });
      });
    },
  };
}

const inOrder = (ids: readonly number[]): number[] => [...new Set(ids)].sort((a, b) => a - b);
