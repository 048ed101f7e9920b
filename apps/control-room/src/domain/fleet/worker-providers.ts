import { sql } from 'kysely';
import type { Connection, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { recordAudit } from '../audit/index.ts';
import { type Outbox, readCallbackUrl } from '../outbox/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import type { RequireGroup, WorkerGroup } from './worker-groups.ts';

/** Who makes workers of a group when work waits for them (contract robocorp §10.1). Neither its address nor its secret is shown. */
export interface Provider {
  readonly origin: string;
  /** At the same time. */
  readonly mostWorkers: number;
  /** A worker without work is stopped after so long. */
  readonly idleSeconds: number;
  /** Null: as long as they are needed. */
  readonly maxLifetimeSeconds: number | null;
}

export interface ProviderSettings {
  readonly url: string;
  /** Signs what is sent. Left out, the one before stays. */
  readonly secret?: string | undefined;
  readonly mostWorkers: number;
  readonly idleSeconds?: number | undefined;
  readonly maxLifetimeSeconds?: number | null | undefined;
}

/** A worker that was asked for. */
export interface OnDemandWorker {
  readonly runtimeId: string;
  /** Null before it came, and after it is gone. */
  readonly workerId: string | null;
  readonly status: 'STARTING' | 'WORKING' | 'DRAINING' | 'STOPPED';
  readonly reason: string;
  readonly createdOn: Temporal.Instant;
  readonly stoppedOn: Temporal.Instant | null;
}

/** What its provider is told. */
export type ProviderMessage =
  | {
      readonly type: 'start';
      readonly workspaceId: string;
      readonly runtimeId: string;
      readonly runtimeLinkToken: string;
      readonly maxLifetimeSeconds?: number;
    }
  | { readonly type: 'stop'; readonly workspaceId: string; readonly runtimeId: string }
  | { readonly type: 'status' };

/** Everything that is needed to tell a provider something. */
export interface KnownProvider extends Provider {
  readonly groupId: number;
  readonly groupUuid: string;
  readonly workspaceId: number;
  readonly workspaceUuid: string;
  readonly createdBy: number;
  readonly sealed: string;
}

const IDLE_SECONDS = 300;
const SHOWN_WORKERS = 100;
/** For outbox deliveries, and whoever looks for them. */
const SUBJECT = 'workerGroup';

const COLUMNS = sql`p.origin, p.most_workers as "mostWorkers", p.idle_seconds as "idleSeconds", p.max_lifetime_seconds as "maxLifetimeSeconds"`;
const boundTo = (groupId: number): string => `worker-provider:${groupId}`;

export function createWorkerProviders({ database, sealer }: Kernel, outbox: Outbox, requireGroup: RequireGroup) {
  /** @throws notFound */
  async function get(caller: WorkspaceCaller, groupId: string): Promise<Provider> {
    return show(await requireGroup(caller, groupId));
  }

  async function show(group: WorkerGroup): Promise<Provider> {
    const provider = await database.first(
      sql<Provider>`select ${COLUMNS} from worker_provider p where p.group_id = ${group.id}`,
    );
    if (!provider) throw none(group);
    return provider;
  }

  /** Written in the transaction that it tells of. */
  async function tell(tx: Transaction, provider: KnownProvider, message: ProviderMessage): Promise<void> {
    const { url, secret } = JSON.parse(sealer.open(provider.sealed, boundTo(provider.groupId)).toString()) as {
      url: string;
      secret: string;
    }; // We wrote it.
    await outbox.send(tx, {
      kind: `worker.${message.type}`,
      subject: { type: SUBJECT, id: provider.groupUuid },
      url,
      secret,
      signature: 'on-demand',
      headers: {},
      body: message,
      // A start holds the link token.
      sealBody: true,
      createdBy: provider.createdBy,
      workspaceId: provider.workspaceId,
    });
  }

  /** Locked: whoever counts its workers comes one after the other. */
  function known(connection: Connection, groupId: number): Promise<KnownProvider | undefined> {
    return connection.first(
      sql<KnownProvider>`select ${COLUMNS}, p.group_id as "groupId", g.uuid as "groupUuid", g.workspace_id as "workspaceId",
          w.uuid as "workspaceUuid", p.created_by as "createdBy", p.sealed
        from worker_provider p join worker_group g on g.id = p.group_id join workspace w on w.id = g.workspace_id
        where p.group_id = ${groupId} for update of p`,
    );
  }

  return {
    get,
    tell,
    known,

    /** @throws notFound; invalid for an address that cannot be called, or the first time without a secret */
    async put(caller: WorkspaceCaller, groupId: string, settings: ProviderSettings): Promise<Provider> {
      const { mostWorkers, idleSeconds = IDLE_SECONDS, maxLifetimeSeconds = null } = settings;
      const url = readCallbackUrl(settings.url);
      return database.transaction(async (tx) => {
        const group = await requireGroup(caller, groupId, tx);
        const before = await known(tx, group.id);
        const secret = settings.secret ?? (before && secretOf(before));
        if (secret === undefined || secret === '')
          throw error('invalid', 'The provider has no secret yet.', {
            details: 'expected secret: what is sent is signed with it',
          });
        const sealed = sealer.seal(JSON.stringify({ url: url.href, secret }), boundTo(group.id));
        await tx.all(sql`insert into worker_provider
            (group_id, sealed, origin, most_workers, idle_seconds, max_lifetime_seconds, created_by, updated_by)
          values (${group.id}, ${sealed}, ${url.origin}, ${mostWorkers}, ${idleSeconds}, ${maxLifetimeSeconds}, ${caller.userId}, ${caller.userId})
          on conflict (group_id) do update set sealed = excluded.sealed, origin = excluded.origin, most_workers = excluded.most_workers,
            idle_seconds = excluded.idle_seconds, max_lifetime_seconds = excluded.max_lifetime_seconds,
            updated_by = excluded.updated_by, updated_on = present(), version = worker_provider.version + 1`);
        await record(tx, caller, group, 'set', { origin: url.origin, mostWorkers, idleSeconds, maxLifetimeSeconds });
        return show(group);
      });
    },

    /** @throws notFound; conflict while a worker that it made is there: nobody could tell it to stop */
    async remove(caller: WorkspaceCaller, groupId: string): Promise<void> {
      await database.transaction(async (tx) => {
        const group = await requireGroup(caller, groupId, tx);
        if (!(await known(tx, group.id))) throw none(group);
        const alive = await countAlive(tx, group.id);
        if (alive > 0)
          throw error('conflict', `${alive} workers that were made on demand are in the group "${group.name}".`, {
            details: 'set mostWorkers to 0 and wait until they are stopped',
          });
        await tx.all(sql`delete from worker_provider where group_id = ${group.id}`);
        await record(tx, caller, group, 'remove', {});
      });
    },

    /** Asks the provider how it is; what it answers is in the log of its deliveries. @throws notFound */
    async test(caller: WorkspaceCaller, groupId: string): Promise<void> {
      await database.transaction(async (tx) => {
        const group = await requireGroup(caller, groupId);
        const provider = await known(tx, group.id);
        if (!provider) throw none(group);
        await tell(tx, provider, { type: 'status' });
        await record(tx, caller, group, 'test', {});
      });
    },

    /** Those that were asked for, the newest first. @throws notFound */
    async workers(caller: WorkspaceCaller, groupId: string): Promise<OnDemandWorker[]> {
      const group = await requireGroup(caller, groupId);
      return database.all(
        sql<OnDemandWorker>`select o.runtime_id as "runtimeId", o.device_id::text as "workerId", o.status, o.reason, o.created_on as "createdOn",
            o.stopped_on as "stoppedOn"
          from on_demand_worker o where o.group_id = ${group.id} order by o.created_on desc, o.runtime_id limit ${SHOWN_WORKERS}`,
      );
    },

    /** What the provider was told of late, and how it answered. @throws notFound */
    async deliveries(caller: WorkspaceCaller, groupId: string) {
      const group = await requireGroup(caller, groupId);
      const selection = { filter: { operator: 'everything' }, order: [], offset: 0, length: SHOWN_WORKERS } as const;
      return (await outbox.messages.listOf({ type: SUBJECT, id: group.uuid }, selection)).rows;
    },

    /** A group whose workers are somebody's machines is not deleted. */
    usersOf: async ({ id }: WorkerGroup): Promise<string[]> => {
      const alive = await countAlive(database, id);
      return alive > 0 ? [`${alive} workers that were made on demand`] : [];
    },
  };

  function secretOf({ sealed, groupId }: KnownProvider): string {
    return (JSON.parse(sealer.open(sealed, boundTo(groupId)).toString()) as { secret: string }).secret; // We wrote it.
  }

  function record(tx: Transaction, caller: WorkspaceCaller, group: WorkerGroup, verb: string, details: object) {
    return recordAudit(tx, {
      actor: caller.actor,
      action: `workerProvider.${verb}`,
      subject: { type: 'workerGroup', id: group.uuid, name: group.name },
      details: { ...details, workspace: caller.workspace.uuid },
    });
  }
}

export type WorkerProviders = ReturnType<typeof createWorkerProviders>;

const none = ({ name }: WorkerGroup) => error('notFound', `The worker group "${name}" has no provider.`);

async function countAlive(connection: Connection, groupId: number): Promise<number> {
  const row = await connection.first(
    sql<{
      alive: number;
    }>`select count(*)::int as alive from on_demand_worker where group_id = ${groupId} and status <> 'STOPPED'`,
  );
  return row?.alive ?? 0;
}
