import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { BOTS, FOLDER_TYPE, PUBLIC_BOTS, PUBLIC_ROOT, ROOT } from './entry.ts';
import { isBotCreator } from './visibility.ts';

/** The folders that a workspace begins with. */
export interface WorkspaceFolders {
  /** `Automation Anywhere`: its id is the workspace's. */
  readonly rootId: number;
  /** `Automation Anywhere\Bots`. */
  readonly botsId: number;
}

export const PUBLIC_FOLDERS: WorkspaceFolders = { rootId: PUBLIC_ROOT, botsId: PUBLIC_BOTS };

export function createWorkspaces(database: Database) {
  /** Undefined for whoever has none: a private workspace comes with the licence of a Bot Creator (contract a §5.1). */
  async function privateFolders(caller: Caller): Promise<WorkspaceFolders | undefined> {
    if (!(await mayHavePrivate(caller))) return undefined;
    return (await find(caller)) ?? make(caller);
  }

  async function mayHavePrivate(caller: Caller): Promise<boolean> {
    if (caller.userId === 0) return false;
    if (caller.may('repositorymanager.accessresourceany')) return true;
    const row = await database.first(sql<{ creator: boolean }>`select ${isBotCreator(caller)} as creator`);
    return row?.creator ?? false;
  }

  function find(caller: Caller): Promise<WorkspaceFolders | undefined> {
    return database.first(
      sql<WorkspaceFolders>`select r.id as "rootId", b.id as "botsId" from repository_entry r join repository_entry b on b.parent_id = r.id
        where coalesce(r.parent_id, 0) = 0 and coalesce(r.owner_id, 0) = ${caller.userId} and lower(r.name) = ${ROOT.toLowerCase()}
          and lower(b.name) = ${BOTS.toLowerCase()}`,
    );
  }

  /** Made on first use; several first uses may come at the same time. */
  function make(caller: Caller): Promise<WorkspaceFolders | undefined> {
    return database.transaction(async (tx) => {
      const insert = (parentId: number | null, name: string, path: string) =>
        tx.first(
          sql<{
            id: number;
          }>`insert into repository_entry (workspace, owner_id, parent_id, name, path, is_folder, content_type)
            values ('PRIVATE', ${caller.userId}, ${parentId}, ${name}, ${path}, true, ${FOLDER_TYPE}) on conflict do nothing returning id`,
        );
      const root = await insert(null, ROOT, ROOT);
      // Somebody else has made both: the conflict waited for his commit.
      if (!root) return find(caller);
      const bots = await insert(root.id, BOTS, `${ROOT}\\${BOTS}`);
      if (!bots) throw new Error('The private workspace was not made.');
      await recordAudit(tx, {
        actor: actorOf(caller),
        action: 'repository.createWorkspace',
        subject: { type: 'repositoryEntry', id: root.id, name: ROOT },
      });
      return { rootId: root.id, botsId: bots.id };
    });
  }

  return {
    privateFolders,

    /** @throws forbidden for whoever has no private workspace */
    async requirePrivate(caller: Caller): Promise<WorkspaceFolders> {
      const folders = await privateFolders(caller);
      if (folders) return folders;
      throw error('forbidden', `${caller.username} has no private workspace.`, {
        details: 'needed: the licence feature DEVELOPMENT',
      });
    },
  };
}

export type Workspaces = ReturnType<typeof createWorkspaces>;
