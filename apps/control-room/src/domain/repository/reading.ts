import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, PRODUCTION, ROOT, readPath, type Workspace } from './entry.ts';
import { gone } from './names.ts';
import { type Reach, reachOf } from './reach.ts';

/** How entries are read: always as one caller sees them. */
export interface Reading {
  /** @throws notFound, also for what the caller may not see */
  get(caller: Caller, id: number): Promise<Entry>;
  find(caller: Caller, where: RawBuilder<SqlBool>): Promise<Entry | undefined>;
  all(caller: Caller, where: RawBuilder<SqlBool>): Promise<Entry[]>;
  /** In the public workspace or in the caller's own private one. */
  atPath(caller: Caller, workspace: Workspace, path: string): Promise<Entry | undefined>;
  page(caller: Caller, where: RawBuilder<SqlBool>, selection: Selection): Promise<Page<Entry>>;
}

const BOT_STATUS = sql`case when k.user_id is not null or o.public_id is not null then 'CHECKED_OUT'
  when e.workspace = 'PUBLIC' then 'PUBLIC' else 'DRAFT' end`;

const folder = { type: 'boolean', sql: sql`e.is_folder` } as const;
const FIELDS: Fields = {
  id: { type: 'number', sql: sql`e.id` },
  parentId: { type: 'number', sql: sql`coalesce(e.parent_id, 0)` },
  name: { type: 'text', sql: sql`e.name` },
  fileName: { type: 'text', sql: sql`e.name` },
  path: { type: 'text', sql: sql`e.path`, normalise: readPath },
  description: { type: 'text', sql: sql`e.description` },
  type: { type: 'text', sql: sql`e.content_type` },
  folder,
  directory: folder,
  createdBy: { type: 'number', sql: sql`e.created_by` },
  lastModified: { type: 'instant', sql: sql`e.updated_on` },
  lastModifiedBy: { type: 'number', sql: sql`e.updated_by` },
  size: { type: 'number', sql: sql`e.content_size` },
  botStatus: { type: 'text', sql: BOT_STATUS },
  locked: { type: 'boolean', sql: sql`(k.user_id is not null)` },
  lockedBy: { type: 'number', sql: sql`coalesce(k.user_id, 0)` },
  hasErrors: { type: 'boolean', sql: sql`e.has_errors` },
  workspaceType: { type: 'text', sql: sql`e.workspace`, normalise: (word) => word.toUpperCase() },
};

function columnsOf(reach: Reach): RawBuilder<unknown> {
  return sql`e.id, e.workspace, e.owner_id as "ownerId",
    (select r.id from repository_entry r where coalesce(r.parent_id, 0) = 0 and coalesce(r.owner_id, 0) = coalesce(e.owner_id, 0)
      and lower(r.name) = ${ROOT.toLowerCase()}) as "workspaceId",
    coalesce(e.parent_id, 0) as "parentId", e.name, e.path, e.description,
    e.is_folder as "isFolder", e.content_type as "contentType", e.content_size as size,
    (select count(*) from repository_entry c where c.parent_id = e.id and not c.is_metadata and ${reach.childVisible}) as "folderCount",
    e.has_errors as "hasErrors", e.has_triggers as "hasTriggers", e.is_metadata as "isMetadata", ${reach.rights} as rights,
    e.latest_version as "latestVersion",
    (select l.version_number from repository_label l where l.file_id = e.id and l.label = ${PRODUCTION}) as "productionVersion",
    (select coalesce(string_agg(l.label, ',' order by l.label), '') from repository_label l
      where l.file_id = e.id and l.version_number = e.latest_version) as labels,
    coalesce(k.user_id, 0) as "lockedBy", o.public_id as "checkedOutFrom", o.base_version as "originalVersion",
    e.created_by as "createdBy", e.created_on as "createdOn", e.updated_by as "updatedBy", e.updated_on as "updatedOn", e.version`;
}

/** The two sides of a check-out. Both keys are unique, so that a count does not touch them. */
function sourceOf(reach: Reach): RawBuilder<unknown> {
  return sql`${reach.source} left join repository_checkout k on k.public_id = e.id
    left join repository_checkout o on o.private_id = e.id`;
}

export function createReading(database: Database): Reading {
  async function all(caller: Caller, where: RawBuilder<SqlBool>): Promise<Entry[]> {
    const reach = await reachOf(database, caller);
    return database.all(
      sql<Entry>`${reach.before ?? sql``} select ${columnsOf(reach)} from ${sourceOf(reach)} where ${reach.visible} and ${where}`,
    );
  }

  async function find(caller: Caller, where: RawBuilder<SqlBool>): Promise<Entry | undefined> {
    const [entry] = await all(caller, where);
    return entry;
  }

  return {
    all,
    find,

    async get(caller, id) {
      const entry = await find(caller, sql<SqlBool>`e.id = ${id}`);
      if (!entry) throw gone(id);
      return entry;
    },

    atPath(caller, workspace, path) {
      const owner = workspace === 'PUBLIC' ? 0 : caller.userId;
      return find(
        caller,
        sql<SqlBool>`e.workspace = ${workspace} and coalesce(e.owner_id, 0) = ${owner}
          and lower(e.path) = ${readPath(path).toLowerCase()} and not e.is_metadata`,
      );
    },

    async page(caller, where, selection) {
      const reach = await reachOf(database, caller);
      return selectPage<Entry>(
        database,
        {
          before: reach.before,
          columns: columnsOf(reach),
          source: sourceOf(reach),
          // Pictures of bots are asked for by their bot, and counted nowhere.
          visible: sql<SqlBool>`${reach.visible} and not e.is_metadata and ${where}`,
          fields: FIELDS,
          tiebreak: sql`e.id`,
        },
        selection,
      );
    },
  };
}
