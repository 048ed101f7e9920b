import { sql } from 'kysely';
import { keepBlob, readBlob } from '../../kernel/blobs.ts';
import { storableText } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { readNumber } from '../../kernel/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { recordAudit } from '../audit/index.ts';
import type { Transfers } from '../transfers/index.ts';

/** One file of an item. Larger data belong elsewhere; robots fetch a file whole. */
const LARGEST_FILE = 256 * 1024 * 1024;
const LONGEST_NAME = 255;
const UPLOAD = 'workItemFile.upload';
const DOWNLOAD = 'workItemFile.download';

/**
 * Files of work items. They come and go by tickets; whoever gives one out has looked whether the caller may. A file of the
 * same name takes the place of the one before, whole or not at all.
 */
export function createItemFiles({ database }: Kernel, transfers: Transfers) {
  transfers.offer(UPLOAD, {
    mostBytes: LARGEST_FILE,
    receive: async ({ itemId, name, actor }, { content }) => {
      await database.transaction(async (tx) => {
        const item = await tx.first(sql`select 1 from work_item where id = ${Number(itemId)} for update`);
        if (!item) throw error('notFound', `There is no work item with the id ${itemId}.`);
        const { sha256, size } = await keepBlob(tx, content);
        await tx.all(sql`insert into work_item_file (work_item_id, name, size, content_sha256) values (${Number(itemId)}, ${String(name)}, ${size}, ${sha256})
          on conflict (work_item_id, name) do update set size = excluded.size, content_sha256 = excluded.content_sha256, created_on = present()`);
        await recordAudit(tx, {
          actor: { type: 'system', id: 0, name: String(actor) },
          action: 'workItem.addFile',
          subject: { type: 'workItem', id: itemId ?? 0 },
          details: { name, size },
        });
      });
    },
  });
  transfers.offer(DOWNLOAD, {
    mostBytes: 0,
    send: async ({ fileId }) => {
      const row = await database.first(
        sql<{
          name: string;
          size: number;
          sha256: Buffer;
        }>`select name, size, content_sha256 as sha256 from work_item_file where id = ${Number(fileId)}`,
      );
      if (!row) throw error('notFound', 'The file is no longer there.');
      return {
        content: await readBlob(database, row.sha256),
        type: 'application/octet-stream',
        fileName: row.name,
        size: row.size,
      };
    },
  });

  return {
    /** A ticket for a file that is to be added. @throws invalid for a bad name; tooLarge */
    uploadTicket(item: { readonly id: number }, name: string, size: number, actor: string): Promise<string> {
      const trimmed = storableText(name.trim());
      if (trimmed === '' || trimmed.length > LONGEST_NAME)
        throw error('invalid', 'The name of the file cannot be used.', {
          details: `expected 1 to ${LONGEST_NAME} characters`,
        });
      if (size > LARGEST_FILE) throw error('tooLarge', `The file has more than ${LARGEST_FILE} bytes.`);
      return transfers.ticketFor(UPLOAD, { itemId: item.id, name: trimmed, actor });
    },

    downloadTicket: (fileId: string): Promise<string> => transfers.ticketFor(DOWNLOAD, { fileId: Number(fileId) }),

    /** @throws notFound for a file of another item */
    async require(itemId: number, fileId: string): Promise<void> {
      const row = await database.first(
        sql`select 1 from work_item_file where id = ${readNumber(fileId) ?? 0} and work_item_id = ${itemId}`,
      );
      if (!row) throw error('notFound', `Work item ${itemId} has no file with the id ${fileId.slice(0, 100)}.`);
    },

    async remove(itemId: number, fileId: string, actor: Parameters<typeof recordAudit>[1]['actor']): Promise<void> {
      await database.transaction(async (tx) => {
        const gone = await tx.first(
          sql<{
            name: string;
          }>`delete from work_item_file where id = ${readNumber(fileId) ?? 0} and work_item_id = ${itemId} returning name`,
        );
        if (!gone) throw error('notFound', `Work item ${itemId} has no file with the id ${fileId.slice(0, 100)}.`);
        await recordAudit(tx, {
          actor,
          action: 'workItem.removeFile',
          subject: { type: 'workItem', id: itemId },
          details: { name: gone.name },
        });
      });
    },
  };
}

export type ItemFiles = ReturnType<typeof createItemFiles>;
