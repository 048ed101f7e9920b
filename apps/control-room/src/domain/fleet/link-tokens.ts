import { type RawBuilder, sql } from 'kysely';
import type { Connection, Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import { randomToken, type Sealer, sha256 } from '../../kernel/sealing.ts';
import { afterNumber, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { recordAudit } from '../audit/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import type { RequireGroup, WorkerGroup } from './worker-groups.ts';

/** With it workers register themselves into a group, as many as will (contract robocorp §4.3). Its text is shown elsewhere. */
export interface GroupLinkToken {
  /** Inside the domain. */
  readonly number: number;
  readonly id: string;
  readonly name: string;
  /** Null: it does not end by itself. */
  readonly expiresOn: Temporal.Instant | null;
  readonly group: Pick<WorkerGroup, 'uuid'>;
}

/** What a link token says of the worker that comes with it. */
export interface Linked {
  readonly workspaceId: number;
  readonly groupId: number | null;
  /** Of a worker that was asked for. */
  readonly runtimeId: string | null;
  readonly createdBy: number;
}

const PREFIX = 'sblink_';
const COLUMNS = sql`t.id as number, t.uuid as id, t.name, t.expires_on as "expiresOn", json_build_object('uuid', g.uuid) as group`;

const boundTo = (hash: Buffer): string => `worker-link-token:${hash.toString('hex')}`;

/** Tokens by which runners join a workspace, through the same registration as all others. */
export function createLinkTokens(database: Database, sealer: Sealer, requireGroup: RequireGroup) {
  /** @throws notFound */
  async function require(
    connection: Connection,
    group: WorkerGroup,
    id: string,
    lock: RawBuilder<unknown> = sql``,
  ): Promise<GroupLinkToken> {
    const uuid = readUuid(id);
    const token =
      uuid &&
      (await connection.first(
        sql<GroupLinkToken>`select ${COLUMNS} from worker_link_token t join worker_group g on g.id = t.group_id
          where t.uuid = ${uuid} and t.group_id = ${group.id} and not t.once ${lock}`,
      ));
    if (!token) throw error('notFound', `The worker group has no link token with the id "${id.slice(0, 100)}".`);
    return token;
  }

  const record = (tx: Transaction, caller: WorkspaceCaller, verb: string, id: string, name: string, details = {}) =>
    recordAudit(tx, {
      actor: caller.actor,
      action: `workerLinkToken.${verb}`,
      subject: { type: 'workerLinkToken', id, name },
      details: { ...details, workspace: caller.workspace.uuid },
    });

  return {
    /** Of one worker, and shown this once. @throws invalid when its time is over already */
    async createForWorker(
      caller: WorkspaceCaller,
      until: Temporal.Instant | { readonly minutes: number },
    ): Promise<{ id: string; expiresOn: Temporal.Instant; text: string }> {
      return database.transaction(async (tx) => {
        const expires = until instanceof Temporal.Instant ? until : await inMinutes(tx, until.minutes);
        await requireFuture(tx, expires);
        const made = await issue(tx, {
          workspaceId: caller.workspace.id,
          once: true,
          expires,
          userId: caller.userId,
        });
        await record(tx, caller, 'create', made.id, '', { once: true });
        return made;
      });
    },

    async list(caller: WorkspaceCaller, groupId: string, stretch: Stretch): Promise<Stretched<GroupLinkToken>> {
      const group = await requireGroup(caller, groupId);
      const after = afterNumber(stretch);
      const rows = await database.all(
        sql<GroupLinkToken>`select ${COLUMNS} from worker_link_token t join worker_group g on g.id = t.group_id
          where t.group_id = ${group.id} and not t.once and (${after}::bigint is null or t.id > ${after})
          order by t.id limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ number }) => number);
    },

    async get(caller: WorkspaceCaller, groupId: string, id: string): Promise<GroupLinkToken> {
      return require(database, await requireGroup(caller, groupId), id);
    },

    /** @throws notFound; invalid when its time is over already */
    async create(
      caller: WorkspaceCaller,
      groupId: string,
      { name, expires }: { readonly name: string; readonly expires: Temporal.Instant | null },
    ): Promise<GroupLinkToken> {
      return database.transaction(async (tx) => {
        const group = await requireGroup(caller, groupId);
        if (expires) await requireFuture(tx, expires);
        const { id } = await issue(tx, {
          workspaceId: caller.workspace.id,
          groupId: group.id,
          name: name.trim(),
          once: false,
          expires,
          userId: caller.userId,
        });
        await record(tx, caller, 'create', id, name.trim(), { group: group.uuid });
        return require(tx, group, id);
      });
    },

    /** What is not named stays. A time that is over ends it. @throws notFound */
    async update(
      caller: WorkspaceCaller,
      groupId: string,
      id: string,
      changes: { readonly name?: string | undefined; readonly expires?: Temporal.Instant | null | undefined },
    ): Promise<GroupLinkToken> {
      return database.transaction(async (tx) => {
        const group = await requireGroup(caller, groupId);
        const before = await require(tx, group, id, sql`for update of t`);
        const name = changes.name?.trim() ?? before.name;
        const expires = changes.expires === undefined ? before.expiresOn : changes.expires;
        await tx.all(sql`update worker_link_token set name = ${name}, expires_on = ${expires?.toString() ?? null}::timestamptz,
          updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${before.number}`);
        await record(tx, caller, 'update', before.id, name);
        return require(tx, group, id);
      });
    },

    /** The workers that came with it stay. @throws notFound */
    async remove(caller: WorkspaceCaller, groupId: string, id: string): Promise<GroupLinkToken> {
      return database.transaction(async (tx) => {
        const token = await require(tx, await requireGroup(caller, groupId), id, sql`for update of t`);
        await tx.all(sql`delete from worker_link_token where id = ${token.number}`);
        await record(tx, caller, 'delete', token.id, token.name);
        return token;
      });
    },

    /** The text of a group's token; that somebody looked is on record first. @throws notFound */
    async reveal(caller: WorkspaceCaller, groupId: string, id: string): Promise<string> {
      const { hash, sealed } = await database.transaction(async (tx) => {
        const token = await require(tx, await requireGroup(caller, groupId), id);
        const row = await tx.first(
          sql<{ hash: Buffer; sealed: string }>`select hash, sealed from worker_link_token where id = ${token.number}`,
        );
        if (!row) throw new Error('The link token is gone.');
        await record(tx, caller, 'reveal', token.id, token.name);
        return row;
      });
      return sealer.open(sealed, boundTo(hash)).toString('utf8');
    },

    issue,

    /** Whether a registration was asked for with one of these. */
    isOne: (text: string): boolean => text.startsWith(PREFIX),

    /** Undefined for what is unknown, used or too old. Of one that counts once, this was the once. */
    async use(tx: Transaction, text: string): Promise<Linked | undefined> {
      const hash = sha256(text);
      const linked = await tx.first(
        sql<Linked & { id: number }>`update worker_link_token set uses = uses + 1, last_used_on = present()
          where hash = ${hash} and (not once or uses = 0) and (expires_on is null or expires_on > present())
          returning id, workspace_id as "workspaceId", group_id as "groupId", runtime_id as "runtimeId", created_by as "createdBy"`,
      );
      return linked;
    },

    /** A background duty: those of one worker end with their time. */
    async sweep(): Promise<void> {
      await database.all(sql`delete from worker_link_token where once and expires_on <= present()`);
    },
  };

  async function issue(
    tx: Transaction,
    token: {
      readonly workspaceId: number;
      readonly groupId?: number;
      readonly runtimeId?: string;
      readonly name?: string;
      readonly once: boolean;
      readonly expires: Temporal.Instant | null;
      readonly userId: number;
    },
  ): Promise<{ id: string; expiresOn: Temporal.Instant; text: string }> {
    const text = `${PREFIX}${randomToken()}`;
    const hash = sha256(text);
    const made = await tx.first(
      sql<{ id: string; expiresOn: Temporal.Instant }>`insert into worker_link_token
          (workspace_id, group_id, runtime_id, name, hash, sealed, once, expires_on, created_by, updated_by)
        values (${token.workspaceId}, ${token.groupId ?? null}, ${token.runtimeId ?? null}, ${token.name ?? ''}, ${hash},
          ${token.once ? null : sealer.seal(text, boundTo(hash))}, ${token.once}, ${token.expires?.toString() ?? null}::timestamptz,
          ${token.userId}, ${token.userId}) returning uuid as id, expires_on as "expiresOn"`,
    );
    if (!made) throw new Error('The link token was not inserted.');
    return { ...made, text };
  }
}

export type LinkTokens = ReturnType<typeof createLinkTokens>;

async function requireFuture(tx: Transaction, expires: Temporal.Instant): Promise<void> {
  const row = await tx.first(sql<{ over: boolean }>`select ${expires.toString()}::timestamptz <= present() as over`);
  if (row?.over) throw error('invalid', 'expires_at is over already.', { details: 'expected a time that is to come' });
}

async function inMinutes(tx: Transaction, minutes: number): Promise<Temporal.Instant> {
  const row = await tx.first(
    sql<{ moment: Temporal.Instant }>`select present() + make_interval(mins => ${minutes}) as moment`,
  );
  if (!row) throw new Error('The database has no clock.');
  return row.moment;
}
