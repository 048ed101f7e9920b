import { type RawBuilder, sql } from 'kysely';
import type { Connection, Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import { afterNumber, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import type { Workers } from './workers.ts';

/** Workers that steps of processes are given to together (contract robocorp §4.3). */
export interface WorkerGroup {
  /** Inside the domain. */
  readonly id: number;
  /** Outside. */
  readonly uuid: string;
  readonly name: string;
}

/** A worker and all the groups that it is in. */
export interface Membership {
  readonly workerId: string;
  readonly groups: readonly WorkerGroup[];
}

/** The names of what works with a group, for whoever wants to delete it. */
export type NameGroupUsers = (group: WorkerGroup) => Promise<readonly string[]>;

const COLUMNS = sql`g.id, g.uuid, g.name`;

export type RequireGroup = (caller: WorkspaceCaller, id: string, lock?: Connection) => Promise<WorkerGroup>;

/** Groups of a workspace. Names may repeat, as the vendor knows no conflict here. [inferred] */
export function createWorkerGroups(database: Database, workers: Workers) {
  const users: NameGroupUsers[] = [];

  async function find(workspaceId: number, id: string): Promise<WorkerGroup | undefined> {
    return read(database, workspaceId, id);
  }

  /** @throws notFound */
  const require: RequireGroup = async ({ workspace }, id, connection) => {
    const group = await read(connection ?? database, workspace.id, id, connection && sql`for update`);
    if (!group) throw error('notFound', `The workspace has no worker group with the id "${id.slice(0, 100)}".`);
    return group;
  };

  async function membershipOf(connection: Connection, deviceId: number): Promise<Membership> {
    const groups = await connection.all(
      sql<WorkerGroup>`select ${COLUMNS} from worker_group_member m join worker_group g on g.id = m.group_id
        where m.device_id = ${deviceId} order by g.id`,
    );
    return { workerId: String(deviceId), groups };
  }

  return {
    find,
    require,
    get: (caller: WorkspaceCaller, id: string): Promise<WorkerGroup> => require(caller, id),

    /** Said once at the start by whoever gives work to groups: a group that is used is not deleted. */
    nameUsers(names: NameGroupUsers): void {
      users.push(names);
    },

    async list({ workspace }: WorkspaceCaller, stretch: Stretch): Promise<Stretched<WorkerGroup>> {
      const after = afterNumber(stretch);
      const rows = await database.all(
        sql<WorkerGroup>`select ${COLUMNS} from worker_group g where g.workspace_id = ${workspace.id}
          and (${after}::bigint is null or g.id > ${after}) order by g.id limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ id }) => id);
    },

    async create(caller: WorkspaceCaller, name: string): Promise<WorkerGroup> {
      return database.transaction(async (tx) => {
        const made = await tx.first(
          sql<WorkerGroup>`insert into worker_group as g (workspace_id, name, created_by, updated_by)
            values (${caller.workspace.id}, ${name.trim()}, ${caller.userId}, ${caller.userId}) returning ${COLUMNS}`,
        );
        if (!made) throw new Error('The worker group was not inserted.');
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'workerGroup.create',
          subject: { type: 'workerGroup', id: made.uuid, name: made.name },
          details: { workspace: caller.workspace.uuid },
        });
        return made;
      });
    },

    /** @throws notFound */
    async rename(caller: WorkspaceCaller, id: string, name: string): Promise<WorkerGroup> {
      return database.transaction(async (tx) => {
        const before = await require(caller, id, tx);
        await tx.all(sql`update worker_group set name = ${name.trim()}, updated_by = ${caller.userId}, updated_on = present(),
          version = version + 1 where id = ${before.id}`);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'workerGroup.rename',
          subject: { type: 'workerGroup', id: before.uuid, name: name.trim() },
          details: { before: before.name, workspace: caller.workspace.uuid },
        });
        return { ...before, name: name.trim() };
      });
    },

    /** Its workers stay; its link tokens end with it. @throws notFound; conflict while something works with it */
    async remove(caller: WorkspaceCaller, id: string): Promise<WorkerGroup> {
      return database.transaction(async (tx) => {
        const group = await require(caller, id, tx);
        const named = (await Promise.all(users.map((names) => names(group)))).flat();
        if (named.length > 0) {
          throw error('conflict', `The worker group "${group.name}" is used by ${named.slice(0, 3).join(', ')}.`, {
            details: 'give that another group first',
          });
        }
        await tx.all(sql`delete from worker_group where id = ${group.id}`);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'workerGroup.delete',
          subject: { type: 'workerGroup', id: group.uuid, name: group.name },
          details: { workspace: caller.workspace.uuid },
        });
        await announce(tx, 'fleet-changed', '*');
        return group;
      });
    },

    /** Changes nothing for a worker that is in it. @throws notFound */
    addWorker: (caller: WorkspaceCaller, id: string, workerId: string): Promise<Membership> =>
      changeMembers(
        caller,
        id,
        workerId,
        'addWorker',
        (group, deviceId) =>
          sql`insert into worker_group_member select ${group.id}, d.id from device d where d.id = ${deviceId} on conflict do nothing`,
      ),

    /** Changes nothing for a worker that is not in it. @throws notFound */
    removeWorker: (caller: WorkspaceCaller, id: string, workerId: string): Promise<Membership> =>
      changeMembers(
        caller,
        id,
        workerId,
        'removeWorker',
        (group, deviceId) =>
          sql`delete from worker_group_member where group_id = ${group.id} and device_id = ${deviceId}`,
      ),
  };

  async function changeMembers(
    caller: WorkspaceCaller,
    id: string,
    workerId: string,
    verb: 'addWorker' | 'removeWorker',
    change: (group: WorkerGroup, deviceId: number) => RawBuilder<unknown>,
  ): Promise<Membership> {
    return database.transaction(async (tx) => {
      const group = await require(caller, id, tx);
      const deviceId = await workers.require(caller.workspace.id, workerId);
      await tx.all(change(group, deviceId));
      await recordAudit(tx, {
        actor: caller.actor,
        action: `workerGroup.${verb}`,
        subject: { type: 'workerGroup', id: group.uuid, name: group.name },
        details: { deviceId, workspace: caller.workspace.uuid },
      });
      await announce(tx, 'fleet-changed', deviceId);
      return membershipOf(tx, deviceId);
    });
  }
}

export type WorkerGroups = ReturnType<typeof createWorkerGroups>;

async function read(
  connection: Connection,
  workspaceId: number,
  id: string,
  lock: RawBuilder<unknown> = sql``,
): Promise<WorkerGroup | undefined> {
  const uuid = readUuid(id);
  if (uuid === undefined) return undefined;
  return connection.first(
    sql<WorkerGroup>`select ${COLUMNS} from worker_group g where g.uuid = ${uuid} and g.workspace_id = ${workspaceId} ${lock}`,
  );
}
