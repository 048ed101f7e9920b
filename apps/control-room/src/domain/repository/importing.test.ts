import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test-support/server.ts';
import type { Caller } from '../identity/index.ts';
import type { ImportedFile, Repository } from './index.ts';

const BOT = 'application/vnd.aa.taskbot';

let server: TestServer;
let repository: Repository;
let admin: Caller;
beforeAll(async () => {
  server = await startTestServer();
  repository = server.room.domain.repository;
  admin = await server.room.domain.identity.authenticate(server.admin);
});
afterAll(() => server?.stop());

const bot = (text: string) => Buffer.from(JSON.stringify({ nodes: [], variables: [], text }));
const file = (path: string, more: Partial<ImportedFile> = {}): ImportedFile => ({
  workspace: 'PUBLIC',
  path: `Automation Anywhere/Bots/${path}`,
  contentType: BOT,
  bytes: bot('one'),
  ...more,
});
const importFile: Repository['entries']['importFile'] = (...given) => repository.entries.importFile(...given);

describe('A file that comes with its path', () => {
  it('makes the folders that it needs, and is overwritten as a new version or skipped', async () => {
    const made = await importFile(admin, file('Import/Deep/Pay', { description: 'Pays' }), 'OVERWRITE');
    expect(made).toMatchObject({
      outcome: 'CREATED',
      entry: { path: 'Automation Anywhere\\Bots\\Import\\Deep\\Pay', description: 'Pays', latestVersion: 1 },
    });
    const again = file('import/deep/PAY', { bytes: bot('two') });
    expect(await importFile(admin, again, 'SKIP')).toMatchObject({ outcome: 'SKIPPED', entry: { latestVersion: 1 } });
    const over = await importFile(admin, again, 'OVERWRITE');
    expect(over).toMatchObject({ outcome: 'OVERWRITTEN', entry: { id: made.entry.id, latestVersion: 2 } });
    expect((await repository.entries.content(admin, made.entry.id)).bytes).toEqual(bot('two'));
  });

  it('brings what people said that it needs, and pictures for its bot', async () => {
    const data = await importFile(
      admin,
      file('data.csv', { contentType: 'text/csv', bytes: Buffer.from('a') }),
      'SKIP',
    );
    const path = 'Automation Anywhere\\Bots\\data.csv';
    const { entry } = await importFile(admin, file('Uses data', { manualDependencies: [path] }), 'SKIP');
    expect(await repository.dependencies.list(admin, entry.id)).toMatchObject([
      { kind: 'MANUAL', entry: { id: data.entry.id } },
    ]);
    const picture = file('Uses dataMetadata/p.png', {
      contentType: 'image/png',
      bytes: Buffer.from([1]),
      metadataFor: 'Automation Anywhere/Bots/Uses data',
    });
    expect(await importFile(admin, picture, 'OVERWRITE')).toMatchObject({
      outcome: 'CREATED',
      entry: { isMetadata: true },
    });
    expect(await importFile(admin, { ...picture, bytes: Buffer.from([2]) }, 'OVERWRITE')).toMatchObject({
      outcome: 'OVERWRITTEN',
    });
    expect((await repository.metadata.content(admin, entry.id, 'p.png')).bytes).toEqual(Buffer.from([2]));
    expect(await repository.metadata.list(admin, entry.id)).toHaveLength(1);
    await expect(
      importFile(admin, { ...picture, metadataFor: 'Automation Anywhere/Bots/none' }, 'SKIP'),
    ).rejects.toMatchObject({
      kind: 'notFound',
    });
  });

  it('goes with everything else of its transaction', async () => {
    const { database } = server.room.kernel;
    await expect(
      database.transaction(async () => {
        await importFile(admin, file('Gone again/One'), 'OVERWRITE');
        await importFile(admin, file('Gone again/Two', { bytes: Buffer.from('no bot') }), 'OVERWRITE');
      }),
    ).rejects.toMatchObject({ kind: 'invalid' });
    expect(await database.first(sql`select 1 from repository_entry where name = 'Gone again'`)).toBeUndefined();
  });

  it('is refused outside of the repository, over a folder, and while the file is checked out', async () => {
    for (const path of [
      'elsewhere/x',
      'Automation Anywhere',
      '',
      'Automation Anywhere/Bots/a:b/x',
      'Automation Anywhere/Bots/../../x',
    ])
      await expect(importFile(admin, { ...file('x'), path }, 'OVERWRITE'), path).rejects.toMatchObject({
        kind: expect.stringMatching(/invalid|conflict/),
      });
    await importFile(admin, file('A folder/x'), 'SKIP');
    await expect(importFile(admin, file('A folder'), 'SKIP')).rejects.toMatchObject({ kind: 'conflict' });
    const { entry } = await importFile(admin, file('Taken'), 'SKIP');
    await repository.checkouts.checkOut(admin, entry.id);
    await expect(importFile(admin, file('Taken'), 'OVERWRITE')).rejects.toMatchObject({ kind: 'locked' });
  });

  it('goes into the own private workspace, and may be called by what stands there only', async () => {
    const callee = file('Private callee', { workspace: 'PRIVATE', bytes: bot('private') });
    await importFile(admin, callee, 'SKIP');
    await importFile(admin, file('Private callee', { bytes: bot('public') }), 'SKIP');
    const content = Buffer.from(
      JSON.stringify({ nodes: [{ a: 'repository:///Automation%20Anywhere/Bots/Private%20callee' }], variables: [] }),
    );
    const own = await importFile(admin, file('Caller', { workspace: 'PRIVATE', bytes: content }), 'SKIP');
    const shared = await importFile(admin, file('Caller', { bytes: content }), 'SKIP');
    const calleeOf = async (id: number) =>
      (await repository.bundles.get(id))?.files.find(({ path }) => path.endsWith('callee'))?.content;
    expect(await calleeOf(own.entry.id)).toContain('private');
    expect(await calleeOf(shared.entry.id)).toContain('public');
  });
});

describe('What an older server has saved', () => {
  it('gets its version, dependencies and packages at the next start', async () => {
    const { entry } = await importFile(admin, file('Older'), 'SKIP');
    await importFile(admin, file('Older callee'), 'SKIP');
    await server.room.kernel.database.all(sql`with content as (select convert_to(
        '{"nodes":[{"a":"repository:///Automation%20Anywhere/Bots/Older%20callee"}],"packages":[{"name":"Old","version":"1"}]}', 'UTF8') as bytes),
      kept as (insert into blob (sha256, size, content) select sha256(bytes), length(bytes), bytes from content returning sha256, size)
      update repository_entry set content_sha256 = kept.sha256, content_size = kept.size, version = version + 1 from kept where id = ${entry.id}`);
    expect(await repository.dependencies.list(admin, entry.id)).toEqual([]);
    await repository.entries.prepare();
    await repository.entries.prepare();
    expect(await repository.entries.get(admin, entry.id)).toMatchObject({ latestVersion: 2 });
    expect(await repository.dependencies.list(admin, entry.id)).toMatchObject([{ entry: { name: 'Older callee' } }]);
    const used = await server.room.domain.packages.usage(admin, 'Old', {
      filter: { operator: 'everything' },
      order: [],
      offset: 0,
      length: 10,
    });
    expect(used.rows).toMatchObject([{ fileId: entry.id, packageVersion: '1' }]);
  });
});
