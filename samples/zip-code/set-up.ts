import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@signalbox/client';

/**
 * The second sample: an API Task that answers where a zip code lies. Set up through the public API, as an administrator would;
 * what is there already stays.
 */
export interface ZipCodeOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

const NAME = 'Zip Code API Task';
export const ZIP_CODE_PATH = `Automation Anywhere\\Bots\\${NAME}`;

interface Entry {
  readonly id: number | string;
  readonly name: string;
}

/** Answers the body of the allocation. */
export async function setUpZipCode(options: ZipCodeOptions): Promise<unknown> {
  const client = new Client(options);
  const folder = await client.call<Entry>('POST', '/v2/repository/workspaces/public/files/bypath', {
    path: 'Automation Anywhere\\Bots',
  });
  const filter = { operator: 'eq', field: 'name', value: NAME };
  const { list } = await client.call<{ list: Entry[] }>('POST', `/v2/repository/folders/${folder.id}/list`, { filter });
  const file =
    list[0] ??
    (await client.call<Entry>('POST', '/v2/repository/files', {
      name: NAME,
      parentFolderId: folder.id,
      contentType: 'application/vnd.aa.headlessbot',
    }));
  if (list[0] === undefined) {
    const content = JSON.parse(await readFile(join(import.meta.dirname, 'bot.json'), 'utf8'));
    await client.call('PUT', `/v2/repository/files/${file.id}/content`, content);
  }
  return client.call('PUT', '/orchestrator/v1/hotbot/config/create', { fileId: String(file.id), concurrencyLimit: 4 });
}
