import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { type BlmSuite, blmSuite, manifestOf, unzip, zipOf } from './support/blm.ts';
import { botThatCalls, type RepositorySuite, repositorySuite } from './support/repository.ts';

/** The contract's words on exports and imports (a §7), over HTTP. */
let server: TestServer;
let repository: RepositorySuite;
let blm: BlmSuite;
beforeAll(async () => {
  server = await startTestServer();
  repository = repositorySuite(server);
  blm = blmSuite(server);
});
afterAll(() => server?.stop());

const ROOT = 'Automation Anywhere\\Bots';
const EMPTY = '{"nodes":[],"variables":[]}';
const BROKEN = JSON.stringify({
  nodes: [{ uid: '1', commandName: 'none', packageName: 'Nothing', disabled: false }],
  variables: [],
});

async function at(path: string) {
  const answer = await server.call('POST', '/v2/repository/workspaces/public/files/bypath', {
    token: repository.admin.token,
    body: { path: `${ROOT}\\${path}` },
  });
  return answer.status === 200 ? answer.body : undefined;
}

describe('An export', () => {
  it('holds what the bot needs, byte for byte, under its path without an extension', async () => {
    const { admin, file, folder } = repository;
    const parentFolderId = await folder('Finance');
    const content = '{ "nodes": [],\n "variables": [], "odd": "é" }';
    await file({ name: 'Child', parentFolderId, content });
    const data = await file({ name: 'rates.csv', contentType: 'text/csv', parentFolderId, content: 'a;b\r\n1;2' });
    const parent = await file({ name: 'Parent', parentFolderId, content: botThatCalls(`${ROOT}\\Finance\\Child`) });
    await admin.call('PUT', `files/${parent}/dependencies`, { childFileIds: [data] });
    const { entries, manifest, notices } = await blm.export(admin, [parent]);
    expect([...entries.keys()].sort()).toEqual([
      'Automation Anywhere/Bots/Finance/Child',
      'Automation Anywhere/Bots/Finance/Parent',
      'Automation Anywhere/Bots/Finance/rates.csv',
      'manifest.json',
    ]);
    expect(entries.get('Automation Anywhere/Bots/Finance/Child')?.toString()).toBe(content);
    expect(entries.get('Automation Anywhere/Bots/Finance/rates.csv')?.toString()).toBe('a;b\r\n1;2');
    expect(Object.entries(manifest.files.find(({ path }) => path.endsWith('Parent')) ?? {})).toEqual([
      ['path', `${ROOT}\\Finance\\Parent`],
      ['newPath', null],
      ['contentType', 'application/vnd.aa.taskbot'],
      ['metadataForFile', null],
      ['manualDependencies', [`${ROOT}\\Finance\\rates.csv`]],
      ['scannedDependencies', [`${ROOT}\\Finance\\Child`]],
      ['manualDependenciesNewPaths', []],
      ['scannedDependenciesNewPaths', []],
      ['excluded', false],
      ['description', ''],
      ['author', 'admin'],
      ['tags', []],
    ]);
    expect(manifest.packages).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('says how far it is with exactly six keys, in their order', async () => {
    const { admin, file } = repository;
    const answer = await blm.order(admin, { name: 'nightly', fileIds: [await file()] });
    expect(answer.status).toBe(202);
    const { requestId } = answer.body;
    expect(await blm.ended(admin, requestId)).toMatchObject({ entriesDone: 1, entriesTotal: 1, notices: [] });
    const { body } = await blm.get(admin, `status/${requestId}`);
    expect(Object.entries(body)).toEqual([
      ['requestId', requestId],
      ['type', 'EXPORT'],
      ['status', 'COMPLETED'],
      ['downloadFileName', 'nightly'],
      ['downloadFileId', requestId],
      ['errorMessage', ''],
    ]);
    const download = await blm.get(admin, `download/${requestId}`);
    expect(download.headers.get('content-type')).toBe('application/zip');
    expect(download.headers.get('content-disposition')).toContain('nightly.zip');
    expect(Number(download.headers.get('content-length'))).toBeGreaterThan(200);
  });

  it('takes what real clients send: text behind the body, ids as texts, "True", other letter case', async () => {
    const { admin, file } = repository;
    const id = await file();
    const stray = `{"Name":"n","fileIds":["${id}"],"includePackages":"True","archivePassword":null} and more`;
    expect(await blm.order(admin, stray)).toMatchObject({ status: 202, body: { requestId: expect.any(String) } });
    expect(await blm.order(admin, { name: 'n', fileIds: [Number(id), id], includeGlobalValues: true })).toMatchObject({
      status: 202,
    });
    for (const wrong of [
      {},
      { name: 'n' },
      { name: 'n', fileIds: [] },
      { name: ' ', fileIds: [id] },
      { fileIds: [id] },
    ])
      expect(await blm.order(admin, wrong), JSON.stringify(wrong)).toMatchObject({ status: 400 });
    expect(await blm.order(admin, { name: 'a folder', fileIds: [2] })).toMatchObject({ status: 400 });
  });

  it('that is ordered again under its Idempotency-Key is the same one', async () => {
    const body = { name: 'once', fileIds: [await repository.file()], archivePassword: 'p' };
    const again = { token: server.admin, body, headers: { 'idempotency-key': 'export-once' } };
    const first = await server.call('POST', '/v2/blm/export', again);
    const second = await server.call('POST', '/v2/blm/export', again);
    expect(second.body, second.text).toEqual(first.body);
    expect(await blm.ended(repository.admin, first.body.requestId)).toMatchObject({ status: 'COMPLETED' });
  });

  it('is encrypted with a password that is kept nowhere', async () => {
    const { admin, file } = repository;
    const password = 'K7rt_92x-never-to-be-found';
    const id = await file({ name: 'To be encrypted', content: '{"nodes":[],"variables":[],"word":"plaintext"}' });
    const { requestId } = (await blm.order(admin, { name: 'e', fileIds: [id], archivePassword: password })).body;
    await blm.ended(admin, requestId);
    const bytes = await blm.download(admin, requestId);
    await expect(unzip(bytes)).rejects.toThrow();
    await expect(unzip(bytes, 'another')).rejects.toThrow();
    const { entries } = await unzip(bytes, password);
    expect(entries.get('Automation Anywhere/Bots/To be encrypted')?.toString()).toContain('plaintext');
    const tables = await server.database.database.all(
      sql<{
        name: string;
      }>`select table_name as name from information_schema.tables where table_schema = 'signalbox' and table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      const found = await server.database.database.first(
        sql`select 1 from ${sql.id(name)} t where t::text like ${`%${password}%`} or t::text like ${`%${Buffer.from(password).toString('hex')}%`} limit 1`,
      );
      expect(found, name).toBeUndefined();
    }
  });

  it('takes versions by number and by label, and what they call by the same label', async () => {
    const { admin, file } = repository;
    const child = await file({ name: 'Versioned child', content: '{"nodes":[],"variables":[],"v":"old child"}' });
    const parent = await file({
      name: 'Versioned parent',
      content: { ...botThatCalls(`${ROOT}\\Versioned child`), v: 'old' },
    });
    for (const id of [child, parent])
      await admin.call('POST', 'files/version/assignLabel', { fileIds: [id], label: 'Production' });
    await admin.call('PUT', `files/${child}/content`, '{"nodes":[],"variables":[],"v":"new child"}');
    await admin.call('PUT', `files/${parent}/content`, { ...botThatCalls(`${ROOT}\\Versioned child`), v: 'new' });
    const export_ = async (files: unknown) => {
      const answer = await server.call('POST', '/v2/blm/export/version', {
        token: server.admin,
        body: { name: 'v', files },
      });
      expect(answer.status, answer.text).toBe(202);
      await blm.ended(admin, answer.body.requestId);
      const { entries } = await unzip(await blm.download(admin, answer.body.requestId));
      return [...entries.values()].join('');
    };
    expect(await export_([{ fileId: parent, label: 'production' }])).toMatch(
      /old child.*"v":"old"|"v":"old".*old child/s,
    );
    expect(await export_([{ fileId: parent, version: 2 }])).toContain('new child');
    expect(await export_([{ fileId: parent }])).toContain('"v":"new"');
    for (const wrong of [{ version: 99 }, { label: 'none' }]) {
      const body = { name: 'v', files: [{ fileId: parent, ...wrong }] };
      expect(await server.call('POST', '/v2/blm/export/version', { token: server.admin, body })).toMatchObject({
        status: 404,
      });
    }
  });

  it('is refused when one user has ten under way', async () => {
    const { admin } = repository;
    await server.database.database.all(sql`insert into blm_job (id, type, user_id, name, wanted, status, holder, lease_until)
      select gen_random_uuid(), 'EXPORT', 1, 'held', '{}', 'IN_PROGRESS', gen_random_uuid(), present() + interval '1 day' from generate_series(1, 10)`);
    expect(await blm.order(admin, { name: 'n', fileIds: [await repository.file()] })).toMatchObject({
      status: 429,
      body: { code: 'BLM.TOO_MANY' },
    });
    await server.database.database.all(sql`delete from blm_job where name = 'held'`);
  });
});

describe('An import', () => {
  const two = () =>
    zipOf([
      ['manifest.json', manifestOf([{ path: `${ROOT}\\Moved\\One` }, { path: `${ROOT}\\Moved\\Two` }])],
      ['Automation Anywhere/Bots/Moved/One', '{"nodes":[],"variables":[],"x":"imported"}'],
      ['Automation Anywhere/Bots/Moved/Two', EMPTY],
    ]);
  const token = () => ({ token: server.admin });

  it('overwrites, leaves, or gives up over what exists, as it is told', async () => {
    const bytes = await two();
    expect(await blm.import(token(), bytes, { actionIfExisting: 'ABORT' })).toMatchObject({
      status: 'COMPLETED',
      errorMessage: '',
      downloadFileId: '',
    });
    const one = await at('Moved\\One');
    await server.call('PUT', `/v2/repository/files/${one.id}/content`, {
      ...token(),
      body: '{"nodes":[],"variables":[],"x":"edited"}',
    });
    expect(await blm.import(token(), bytes, { actionIfExisting: 'ABORT' })).toMatchObject({
      status: 'FAILED',
      errorMessage: expect.stringMatching(/exists already/),
    });
    expect(await blm.import(token(), bytes, { actionIfExisting: 'skip' })).toMatchObject({
      status: 'COMPLETED',
      notices: [expect.stringMatching(/: 2 files/)],
    });
    const read = async () => (await server.call('GET', `/v2/repository/files/${one.id}/content`, token())).text;
    expect(await read()).toContain('edited');
    expect(await blm.import(token(), bytes, { actionIfExisting: 'OVERWRITE', fileName: 'nightly.zip' })).toMatchObject({
      status: 'COMPLETED',
    });
    expect(await read()).toContain('imported');
    const versions = (await server.call('GET', `/v2/repository/files/${one.id}/versions`, token())).body;
    expect(JSON.stringify(versions)).toContain('Imported from nightly.zip');
  });

  it('takes a form whose parts come in any order and say nothing of their types', async () => {
    const bytes = await zipOf([['Automation Anywhere/Bots/By hand', EMPTY]]);
    const part = (head: string, content: Buffer | string) =>
      Buffer.concat([
        Buffer.from(`--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
        Buffer.from(content as string),
        Buffer.from('\r\n'),
      ]);
    const body = Buffer.concat([
      part('name="upload"; filename="x.zip"', bytes),
      part('name="publicWorkspace"', 'True'),
      part('name="actionIfExisting"', 'OVERWRITE'),
      Buffer.from('--b--\r\n'),
    ]);
    const answer = await server.call('POST', '/v2/blm/import', {
      ...token(),
      body: new Uint8Array(body),
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    expect(answer, answer.text).toMatchObject({ status: 202, body: { requestId: expect.any(String) } });
    expect(await blm.ended(token(), answer.body.requestId)).toMatchObject({ status: 'COMPLETED' });
  });

  it('checks its bots when all are there, and records what it did', async () => {
    const bytes = await zipOf([
      [
        'manifest.json',
        manifestOf([
          { path: `${ROOT}\\Checked\\A caller` },
          { path: `${ROOT}\\Checked\\Broken` },
          { path: `${ROOT}\\Checked\\Z called` },
        ]),
      ],
      ['Automation Anywhere/Bots/Checked/A caller', JSON.stringify(botThatCalls(`${ROOT}\\Checked\\Z called`))],
      ['Automation Anywhere/Bots/Checked/Broken', BROKEN],
      ['Automation Anywhere/Bots/Checked/Z called', EMPTY],
    ]);
    const { requestId } = await blm.import(token(), bytes);
    const find = async (name: string) =>
      (
        await server.call('POST', '/v2/repository/workspaces/public/files/list', {
          ...token(),
          body: { filter: { operator: 'eq', field: 'name', value: name } },
        })
      ).body.list[0];
    expect(await find('Broken')).toMatchObject({ hasErrors: true });
    expect(await find('A caller')).toMatchObject({ hasErrors: false });
    const row = await server.database.database.first(
      sql<{
        details: Record<string, unknown>;
        request: string;
      }>`select details, request_id as request from audit_entry where action = 'blm.import' and subject_id = ${requestId}`,
    );
    expect(row?.details).toMatchObject({
      created: 3,
      overwritten: 0,
      workspace: 'PUBLIC',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(row?.request).not.toBe('');
  });

  it('honours where a relocated export wants its files, with what they need and their pictures', async () => {
    const bytes = await zipOf([
      [
        'manifest.json',
        `\uFEFF${manifestOf([
          {
            path: `${ROOT}\\Old\\Bot`,
            newPath: `${ROOT}\\New\\Bot`,
            manualDependencies: [`${ROOT}\\Old\\data.csv`],
            description: 'Moves',
          },
          { path: `${ROOT}\\Old\\data.csv`, newPath: `${ROOT}\\New\\data.csv`, contentType: 'text/csv' },
          { path: `${ROOT}\\Old\\BotMetadata\\p.png`, contentType: 'image/png', metadataForFile: `${ROOT}\\Old\\Bot` },
          { path: `${ROOT}\\Old\\Left out`, excluded: true },
        ])}`,
      ],
      ['Automation Anywhere/Bots/Old/BotMetadata/p.png', 'picture'],
      ['Automation Anywhere/Bots/Old/Bot', `\uFEFF${EMPTY}`],
      ['Automation Anywhere/Bots/Old/data.csv', 'a'],
      ['Automation Anywhere/Bots/Old/Left out', EMPTY],
    ]);
    expect(await blm.import(token(), bytes)).toMatchObject({ status: 'COMPLETED', errorMessage: '' });
    const find = async (path: string) =>
      server.call('POST', '/v2/repository/workspaces/public/files/bypath', {
        ...token(),
        body: { path: `${ROOT}\\${path}` },
      });
    const bot = await find('New\\Bot');
    expect(bot.body).toMatchObject({ description: 'Moves', metadata: expect.anything() });
    expect(await find('Old\\Left out')).toMatchObject({ status: 404 });
    const again = await blm.export(token(), [bot.body.id]);
    expect(again.entries.get('Automation Anywhere/Bots/New/Bot')).toEqual(Buffer.from(`\uFEFF${EMPTY}`));
    expect(
      (await server.call('GET', `/v2/repository/files/${bot.body.id}/dependencies`, token())).body.dependencies,
    ).toMatchObject([{ path: `${ROOT}\\New\\data.csv` }]);
    const picture = await server.call(
      'GET',
      `/v2/repository/files/${bot.body.id}/metadata/content?path=p.png`,
      token(),
    );
    expect(picture.text).toBe('picture');
  });

  it('finds the manifest of an export that was packed again with its folder', async () => {
    const bytes = await zipOf([
      ['nightly/manifest.json', manifestOf([{ path: `${ROOT}\\Packed again`, description: 'From the manifest' }])],
      ['nightly/Automation Anywhere/Bots/Packed again', EMPTY],
      ['nightly/Automation Anywhere/Bots/Not listed', EMPTY],
    ]);
    expect(await blm.import(token(), bytes)).toMatchObject({
      status: 'COMPLETED',
      notices: [expect.stringMatching(/Not listed in the manifest.*Not listed/)],
    });
    expect(await at('Packed again')).toMatchObject({ description: 'From the manifest' });
    expect(await at('Not listed')).toBeUndefined();
  });

  it('walks the tree of an archive without a manifest: bots, pictures, other files, and bots as Git keeps them', async () => {
    const bytes = await zipOf([
      ['export-main/README.md', 'not of the repository'],
      ['export-main/Automation Anywhere/Bots/Tree/Plain', EMPTY],
      ['export-main/Automation Anywhere/Bots/Tree/v1.2 bot', EMPTY],
      ['export-main/Automation Anywhere/Bots/Tree/PlainMetadata/shot.png', 'pixels'],
      ['export-main/Automation Anywhere/Bots/Tree/table.csv', 'a,b'],
      ['export-main/Automation Anywhere/Bots/Tree/bot_From Git/content.json', EMPTY],
      [
        'export-main/Automation Anywhere/Bots/Tree/bot_From Git/dependencies.json',
        JSON.stringify({
          path: `${ROOT}\\Tree\\From Git`,
          manualDependencies: [`${ROOT}\\Tree\\table.csv`],
          scannedDependencies: [],
        }),
      ],
      ['export-main/Automation Anywhere/Bots/Tree/bot_From Git/metadata/m.png', 'git pixels'],
    ]);
    expect(await blm.import(token(), bytes)).toMatchObject({
      status: 'COMPLETED',
      errorMessage: '',
      notices: [expect.stringMatching(/README/)],
    });
    const folder = (
      await server.call('POST', '/v2/repository/workspaces/public/files/bypath', {
        ...token(),
        body: { path: `${ROOT}\\Tree` },
      })
    ).body;
    const { list } = (
      await server.call('POST', `/v2/repository/folders/${folder.id}/list`, {
        ...token(),
        body: { sort: [{ field: 'name', direction: 'asc' }] },
      })
    ).body;
    expect(list.map(({ name, type }: { name: string; type: string }) => [name, type])).toEqual([
      ['From Git', 'application/vnd.aa.taskbot'],
      ['Plain', 'application/vnd.aa.taskbot'],
      ['table.csv', 'text/csv'],
      ['v1.2 bot', 'application/vnd.aa.taskbot'],
    ]);
    const git = list[0].id;
    expect((await server.call('GET', `/v2/repository/files/${git}/metadata/content?path=m.png`, token())).text).toBe(
      'git pixels',
    );
    expect(
      (await server.call('GET', `/v2/repository/files/${git}/dependencies`, token())).body.dependencies,
    ).toHaveLength(1);
  });

  it('brings the files of packages, which go out again with what uses them', async () => {
    const jar = await zipOf([['package.json', '{"name":"Weather","packageVersion":"6.8.0"}']]);
    const bot = JSON.stringify({
      nodes: [],
      variables: [],
      packages: [
        { name: 'Weather', version: '6.8.0' },
        { name: 'Unknown', version: '1' },
      ],
    });
    const bytes = await zipOf([
      [
        'manifest.json',
        manifestOf(
          [{ path: `${ROOT}\\Uses weather` }],
          [{ name: 'Weather', version: '6.8.0', path: 'bot-command-weather-6.8.0.jar' }],
        ),
      ],
      ['Automation Anywhere/Bots/Uses weather', bot],
      ['bot-command-weather-6.8.0.jar', jar],
    ]);
    expect(await blm.import(token(), bytes)).toMatchObject({ status: 'COMPLETED', errorMessage: '' });
    const { id } = (
      await server.call('POST', '/v2/repository/workspaces/public/files/bypath', {
        ...token(),
        body: { path: `${ROOT}\\Uses weather` },
      })
    ).body;
    const without = await blm.export(token(), [id]);
    expect(without.manifest.packages).toEqual([]);
    const { entries, manifest, notices } = await blm.export(token(), [id], { includePackages: true });
    expect(manifest.packages).toEqual([{ name: 'Weather', version: '6.8.0', path: 'bot-command-weather-6.8.0.jar' }]);
    expect(entries.get('bot-command-weather-6.8.0.jar')).toEqual(jar);
    expect(notices).toEqual([expect.stringMatching(/Unknown 1/)]);
    const packages = await server.call('POST', '/v2/packages/package/list', {
      ...token(),
      body: { filter: { operator: 'eq', field: 'name', value: 'Weather' } },
    });
    expect(packages.body.list).toMatchObject([{ packageVersion: '6.8.0' }]);
  });
});

describe('Whoever waits for the end', () => {
  it('is told when it comes, not when his time is over', async () => {
    const token = { token: server.admin };
    await server.database.database.all(sql`insert into blm_job (id, type, user_id, name, wanted, status, attempt, holder, lease_until)
      values ('01980000-0000-4000-8000-000000000001', 'IMPORT', 1, 'held', '{}', 'IN_PROGRESS', 1, gen_random_uuid(), present() + interval '1 day')`);
    const waiting = blm.get(token, 'status/01980000-0000-4000-8000-000000000001/timeout/60');
    expect(await blm.get(token, 'status/01980000-0000-4000-8000-000000000001/timeout/0')).toMatchObject({
      body: { status: 'IN_PROGRESS' },
    });
    await server.database.database.transaction(async (tx) => {
      await tx.all(
        sql`update blm_job set status = 'COMPLETED', ended_on = present() where id = '01980000-0000-4000-8000-000000000001'`,
      );
      await tx.announce('blm', '01980000-0000-4000-8000-000000000001');
    });
    expect(await waiting).toMatchObject({ status: 200, body: { status: 'COMPLETED', downloadFileId: '' } });
  });
});

/** It moves the clock beyond every token. */
describe('A finished export', () => {
  it('can be downloaded for a week', async () => {
    const { admin, file } = repository;
    const { requestId } = (await blm.order(admin, { name: 'old', fileIds: [await file()] })).body;
    await blm.ended(admin, requestId);
    await server.advance({ days: 6 });
    await server.room.domain.lifecycle.sweep();
    const token = { token: await server.logIn('admin', 'correct-horse-battery') };
    expect(await blm.get(token, `download/${requestId}`)).toMatchObject({ status: 200 });
    await server.advance({ days: 2 });
    await server.room.domain.lifecycle.sweep();
    const later = { token: await server.logIn('admin', 'correct-horse-battery') };
    expect(await blm.get(later, `status/${requestId}`)).toMatchObject({ status: 404 });
    const left = await server.database.database.first(
      sql`select 1 from blm_archive where id not in (select archive_id from blm_job where archive_id is not null)`,
    );
    expect(left).toBeUndefined();
  });
});

describe('Two servers over one database', () => {
  it('give out what either of them has written', async () => {
    const other = await startTestServer({ DATABASE_URL: server.database.url, SIGNALBOX_DATA_DIR: server.dataDir });
    // Its start has logged the administrator in anew.
    const admin = { token: other.admin };
    const there = blmSuite(other);
    const ordered = await blm.order(admin, {
      name: 'shared',
      fileIds: [await repositorySuite(other).file({ name: 'Written by the other' })],
    });
    expect(await there.ended(admin, ordered.body.requestId)).toMatchObject({ status: 'COMPLETED' });
    const [one, two] = [
      await blm.download(admin, ordered.body.requestId),
      await there.download(admin, ordered.body.requestId),
    ];
    expect(one.equals(two)).toBe(true);
    await other.stop();
  });
});
