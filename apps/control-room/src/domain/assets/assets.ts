import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import { leaveBlobs } from '../../kernel/blobs.ts';
import { type Database, violatedConstraint } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { afterUuid, type Stretch, type Stretched, stretched } from '../../kernel/stretch.ts';
import { recordAudit } from '../audit/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { type Asset, absent, COLUMNS, named, requireName } from './asset.ts';

/** Making, finding and deleting; what is in them comes by uploads. */
export function createStored(database: Database) {
  return {
    async list(caller: WorkspaceCaller, stretch: Stretch): Promise<Stretched<Asset>> {
      const rows = await database.all(
        sql<Asset>`select ${COLUMNS} from asset a where a.workspace_id = ${caller.workspace.id}
            and a.id > coalesce(${afterUuid(stretch)}::uuid, '00000000-0000-0000-0000-000000000000')
          order by a.id limit ${stretch.limit + 1}`,
      );
      return stretched(rows, stretch, ({ id }) => id);
    },

    /** @param key an id, or `name:<name>` @throws notFound */
    async get(caller: WorkspaceCaller, key: string): Promise<Asset> {
      const asset = await database.first(sql<Asset>`select ${COLUMNS} from asset a where ${named(caller, key)}`);
      if (!asset) throw absent(key);
      return asset;
    },

    /** Empty. @throws invalid for a name that is none, or is taken: the vendor's call knows no 409 */
    async create(caller: WorkspaceCaller, name: string): Promise<Asset> {
      requireName(name);
      return database
        .transaction(async (tx) => {
          const made = await tx.first(
            sql<Asset>`insert into asset as a (id, workspace_id, name, created_by, updated_by)
              values (${randomUUIDv7()}, ${caller.workspace.id}, ${name}, ${caller.userId}, ${caller.userId}) returning ${COLUMNS}`,
          );
          if (!made) throw new Error('The asset was not inserted.');
          await recordAudit(tx, {
            actor: caller.actor,
            action: 'asset.create',
            subject: { type: 'asset', id: made.id, name },
            details: { workspace: caller.workspace.uuid },
          });
          return made;
        })
        .catch((cause) => {
          if (violatedConstraint(cause) !== 'asset_name') throw cause;
          throw error('invalid', 'The workspace has an asset with this name already.', {
            details: 'upload to that one, or choose another name',
          });
        });
    },

    /** With its uploads: what is still sent for it finds nothing. @throws notFound */
    async remove(caller: WorkspaceCaller, key: string): Promise<string> {
      return database.transaction(async (tx) => {
        const gone = await tx.first(
          sql<{ id: string; name: string; sha256: Buffer | null }>`delete from asset a where ${named(caller, key)}
            returning a.id, a.name, a.content_sha256 as sha256`,
        );
        if (!gone) throw absent(key);
        if (gone.sha256) await leaveBlobs(tx, [gone.sha256]);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'asset.delete',
          subject: { type: 'asset', id: gone.id, name: gone.name },
          details: { workspace: caller.workspace.uuid },
        });
        return gone.id;
      });
    },
  };
}
