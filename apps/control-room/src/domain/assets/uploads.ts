import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import { keepBlob, leaveBlobs } from '../../kernel/blobs.ts';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import { sha256 } from '../../kernel/sealing.ts';
import { type Actor, recordAudit } from '../audit/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { absent, named } from './asset.ts';

/** New content for an asset, on its way or come to its end. */
export interface Upload {
  readonly id: string;
  readonly status: 'pending' | 'completed' | 'failed';
  readonly contentType: string;
  /** Why it failed. */
  readonly reason: string;
}

/** What comes with the request itself; more is sent to an address of its own (contract robocorp §4.10: less than 5 MB). */
export const MOST_INLINE_BYTES = 5 * 1024 * 1024;
/** As long as the address lives to which it is sent. */
const WAITS_SECONDS = 3_600;
/** How long its outcome can be asked for. */
const KEPT_DAYS = 1;

const MEDIA_TYPE = /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+(\s*;[\x20-\x7e]*)?$/;
const LONGEST_TYPE = 255;

const COLUMNS = sql`u.id, u.content_type as "contentType",
  case when u.completed_on is not null then 'completed' when u.expires_on <= present() then 'failed' else 'pending' end as status,
  case when u.completed_on is null and u.expires_on <= present() then 'Nothing was sent in time.' else '' end as reason`;

/** Begin, send, done: the content takes the place of the one before at once and whole. Of several the last to be done stays. */
export function createUploads(database: Database) {
  async function begin(
    tx: Transaction,
    caller: WorkspaceCaller,
    key: string,
    contentType: string,
  ): Promise<{ upload: Upload; asset: { id: string; name: string } }> {
    const asset = await tx.first(
      sql<{ id: string; name: string }>`select a.id, a.name from asset a where ${named(caller, key)} for update`,
    );
    if (!asset) throw absent(key);
    const upload = await tx.first(
      sql<Upload>`insert into asset_upload as u (id, asset_id, content_type, begun_by, expires_on)
        values (${randomUUIDv7()}, ${asset.id}, ${contentType}, ${JSON.stringify(caller.actor)}::jsonb,
          present() + make_interval(secs => ${WAITS_SECONDS})) returning ${COLUMNS}`,
    );
    if (!upload) throw new Error('The upload was not inserted.');
    return { upload, asset };
  }

  /** @throws notFound when the asset has gone; conflict when something else has come; precondition when it is too late */
  async function complete(tx: Transaction, uploadId: string, content: Buffer): Promise<void> {
    const held = await tx.first(
      sql<{
        assetId: string;
        name: string;
        contentType: string;
        before: Buffer | null;
        sent: Buffer | null;
        late: boolean;
        begunBy: Actor;
      }>`select a.id as "assetId", a.name, u.content_type as "contentType", a.content_sha256 as before, u.sha256 as sent,
          u.completed_on is null and u.expires_on <= present() as late, u.begun_by as "begunBy"
        from asset_upload u join asset a on a.id = u.asset_id where u.id = ${uploadId} for update`,
    );
    if (!held) throw error('notFound', 'The asset that this was for is no longer there.');
    if (held.sent) {
      // Sent again, because the answer was lost: it is what it was.
      if (held.sent.equals(sha256(content))) return;
      throw error('conflict', 'This upload is complete.', { details: 'begin another one' });
    }
    if (held.late) throw error('precondition', 'This upload has waited too long.', { details: 'begin another one' });
    const blob = await keepBlob(tx, content);
    await tx.all(sql`update asset_upload set sha256 = ${blob.sha256}, completed_on = present() where id = ${uploadId}`);
    await tx.all(sql`update asset set content_type = ${held.contentType}, content_sha256 = ${blob.sha256}, content_size = ${blob.size},
        updated_by = ${held.begunBy.type === 'user' ? held.begunBy.id : 0}, updated_on = present(), version = version + 1
      where id = ${held.assetId}`);
    if (held.before && !held.before.equals(blob.sha256)) await leaveBlobs(tx, [held.before]);
    await recordAudit(tx, {
      actor: held.begunBy,
      action: 'asset.putContent',
      subject: { type: 'asset', id: held.assetId, name: held.name },
      details: {
        upload: uploadId,
        contentType: held.contentType,
        bytes: blob.size,
        sha256: blob.sha256.toString('hex'),
      },
    });
  }

  return {
    /**
     * @param data the whole content in base64; without it, it is sent afterwards
     * @throws notFound; invalid for a content type or a base64 that is none
     */
    begin(caller: WorkspaceCaller, key: string, contentType: string, data: string | undefined): Promise<Upload> {
      requireMediaType(contentType);
      const content = data === undefined ? undefined : readBase64(data);
      return database.transaction(async (tx) => {
        const { upload, asset } = await begin(tx, caller, key, contentType);
        if (content === undefined) {
          await recordAudit(tx, {
            actor: caller.actor,
            action: 'asset.beginUpload',
            subject: { type: 'asset', id: asset.id, name: asset.name },
            details: { upload: upload.id, contentType },
          });
          return upload;
        }
        await complete(tx, upload.id, content);
        return { ...upload, status: 'completed' };
      });
    },

    /** By whoever has the upload's address. */
    complete: (uploadId: string, content: Buffer): Promise<void> =>
      database.transaction((tx) => complete(tx, uploadId, content)),

    /** @throws notFound */
    async get(caller: WorkspaceCaller, key: string, uploadId: string): Promise<Upload> {
      const upload = await database.first(
        sql<Upload>`select ${COLUMNS} from asset_upload u join asset a on a.id = u.asset_id
          where ${named(caller, key)} and u.id = ${readUuid(uploadId) ?? null}::uuid`,
      );
      if (!upload) throw error('notFound', `The asset has no upload with the id ${uploadId.slice(0, 100)}.`);
      return upload;
    },

    /** A background duty. */
    async sweep(): Promise<void> {
      await database.all(
        sql`delete from asset_upload where expires_on < present() - make_interval(days => ${KEPT_DAYS})`,
      );
    },
  };
}

/** It becomes a header of the answer in which the content is given out. */
function requireMediaType(text: string): void {
  if (text.length <= LONGEST_TYPE && MEDIA_TYPE.test(text)) return;
  throw error('invalid', 'The content_type is no media type.', {
    details: 'expected something like text/plain or application/json; charset=utf-8',
  });
}

/** Padded or not, with line breaks or without. @throws invalid */
function readBase64(text: string): Buffer {
  const digits = text.replace(/\s+/g, '').replace(/={1,2}$/, '');
  if (!/^[A-Za-z\d+/]*$/.test(digits) || digits.length % 4 === 1) {
    throw error('invalid', 'The data is not base64.', { details: 'expected the content in standard base64' });
  }
  const content = Buffer.from(digits, 'base64');
  if (content.length <= MOST_INLINE_BYTES) return content;
  throw error('invalid', `The data has more than ${MOST_INLINE_BYTES} bytes.`, {
    details: 'leave data out, and put the content to the upload_url of the answer',
  });
}
