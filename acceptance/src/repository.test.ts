import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

const VIEW = 29;
const UPLOAD = 100007;
const DELETE = 100008;
const CREATE_FOLDERS = 54;
const RENAME_FOLDERS = 55;
const WRITER = [VIEW, UPLOAD, DELETE, CREATE_FOLDERS, RENAME_FOLDERS];
const BOT = 'application/vnd.aa.taskbot';
const BOTS_FOLDER = 2;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.stop();
});

type Token = { token: string };
const as = (who: Token | undefined, body?: unknown) => ({ token: who?.token ?? server.admin, body });
const call = (method: string, path: string, body?: unknown, who?: Token) =>
  server.call(method, `/v2/repository/${path}`, as(who, body));

let names = 0;
async function folder(parentId: string | number = BOTS_FOLDER, name = `folder ${++names}`): Promise<string> {
  const made = await call('POST', `folders/${parentId}`, { name });
  if (made.status !== 201) throw new Error(made.text);
  return made.body.id;
}

async function file(
  more: { name?: string; contentType?: string; parentFolderId?: string | number; who?: Token } = {},
): Promise<string> {
  const { who, ...given } = more;
  const body = { contentType: BOT, name: `bot ${++names}`, parentFolderId: BOTS_FOLDER, ...given };
  const made = await call('POST', 'files', body, who);
  if (made.status !== 201) throw new Error(made.text);
  return made.body.id;
}

/** A user with a Bot Creator's licence. */
async function botCreator(username: string): Promise<Token & { id: number }> {
  const role = await server.call('POST', '/v1/usermanagement/roles', {
    token: server.admin,
    body: { name: `role of ${username}`, permissions: WRITER.map((id) => ({ id })), principals: [] },
  });
  const made = await server.call('POST', '/v1/usermanagement/users', {
    token: server.admin,
    body: {
      username,
      email: `${username}@example.test`,
      password: ADMIN_PASSWORD,
      roles: [{ id: role.body.id }],
      licenseFeatures: ['DEVELOPMENT'],
    },
  });
  if (made.status !== 201) throw new Error(role.text + made.text);
  return { id: made.body.id, token: await server.logIn(username, ADMIN_PASSWORD) };
}

describe('An item', () => {
  test('has the keys of the newer and of the older lists, ids and numbers as texts, backslashes in its path', async () => {
    const id = await file({ name: 'Pay invoices' });
    const answer = await call('GET', `files/${id}`);
    expect(answer.status).toBe(200);
    const item = answer.body;
    expect(item).toEqual({
      id,
      parentId: '2',
      name: 'Pay invoices',
      path: 'Automation Anywhere\\Bots\\Pay invoices',
      description: '',
      type: BOT,
      size: expect.stringMatching(/^\d+$/),
      folder: false,
      folderCount: '0',
      productionVersion: '',
      latestVersion: '1',
      locked: false,
      lockedBy: '0',
      createdBy: expect.stringMatching(/^\d+$/),
      lastModifiedBy: expect.stringMatching(/^\d+$/),
      lastModified: expect.stringMatching(/^\d{4}-.*Z$/),
      permission: expect.any(Object),
      workspaceId: '1',
      botStatus: 'PUBLIC',
      hasErrors: false,
      workspaceType: 'PUBLIC',
      metadata: false,
      uri: '',
      version: '0',
      hasTriggers: false,
      isEdited: false,
      versionNumber: '1',
      botVersionLabel: '',
      originalVersion: '',
      codeAnalysisResult: '',
      parentid: '2',
      directory: false,
      fileLastModified: item.lastModified,
      isProtected: false,
    });
    const lists = ['file/list', 'folders/2/list', 'workspaces/public/files/list'];
    for (const path of lists) {
      const listed = await call('POST', path, { filter: { operator: 'eq', field: 'id', value: id } });
      expect(listed.body).toMatchObject({ page: { offset: 0, totalFilter: 1 }, list: [item] });
    }
  });

  test('says what this caller may do with it', async () => {
    const id = await file();
    const reader = await server.user([VIEW]);
    const writer = await server.user(WRITER);
    const permission = async (who: Token) => (await call('GET', `files/${id}`, undefined, who)).body.permission;
    expect(await permission(reader)).toMatchObject({
      viewContent: true,
      download: true,
      delete: false,
      upload: false,
      editContent: false,
      run: false,
      execute: false,
    });
    expect(await permission(writer)).toMatchObject({ delete: true, upload: true, editContent: true, run: false });
    for (const allowed of Object.values(await permission(reader))) expect(allowed).toBeTypeOf('boolean');
  });
});

describe('Lists', () => {
  test('go down to any depth in a workspace, and one level in a folder', async () => {
    const outer = await folder();
    const inner = await folder(outer);
    const deep = await file({ parentFolderId: inner });
    const ids = async (path: string) =>
      (await call('POST', path, { page: { length: 1000 } })).body.list.map((one: { id: string }) => one.id);
    expect(await ids('workspaces/public/files/list')).toEqual(expect.arrayContaining(['1', '2', outer, inner, deep]));
    expect(await ids(`folders/${outer}/list`)).toEqual([inner]);
    expect((await call('GET', `folders/${outer}`)).body).toMatchObject({ id: outer, folder: true, folderCount: '1' });
  });

  test('find by old and new names of fields, and by a path with either separator', async () => {
    const name = 'Wanted: no';
    expect((await call('POST', 'files', { contentType: BOT, name, parentFolderId: 2 })).status).toBe(400);
    const id = await file({ name: 'Wanted' });
    for (const leaf of [
      { operator: 'eq', field: 'name', value: 'Wanted' },
      { operator: 'substring', field: 'fileName', value: 'WANT' },
      { operator: 'eq', field: 'path', value: 'Automation Anywhere/Bots/Wanted' },
    ]) {
      const operands = [leaf, { operator: 'eq', field: 'folder', value: 'false' }];
      const found = await call('POST', 'workspaces/public/files/list', { filter: { operator: 'and', operands } });
      expect(found.body.list.map((one: { id: string }) => one.id)).toEqual([id]);
    }
    const sorted = await call('POST', 'file/list', {
      filter: { operator: 'ne', field: 'type', value: BOT },
      sort: [
        { field: 'directory', direction: 'DESC' },
        { field: 'name', direction: 'asc' },
      ],
    });
    expect(sorted.status).toBe(200);
  });

  test('of a folder answer 400 for an id that is none, 404 for one that is not there', async () => {
    expect((await call('POST', 'folders/abc/list', {})).status).toBe(400);
    expect((await call('POST', 'folders/987654/list', {})).status).toBe(404);
    expect((await call('POST', 'workspaces/other/files/list', {})).status).toBe(400);
  });
});

describe('Creating a file', () => {
  test('is refused for an empty body, a missing folder, a taken name, a type that is none', async () => {
    expect((await call('POST', 'files', {})).status).toBe(400);
    const body = { contentType: BOT, name: 'Twice', parentFolderId: '2' };
    expect((await call('POST', 'files', { ...body, parentFolderId: 987654 })).status).toBe(404);
    expect((await call('POST', 'files', body)).status).toBe(201);
    expect((await call('POST', 'files', { ...body, name: 'TWICE' })).status).toBe(409);
    expect((await call('POST', 'files', { ...body, name: 'x', contentType: 'text/html\r\nX: 1' })).status).toBe(400);
    expect((await call('POST', 'files', { ...body, name: 'x'.repeat(256) })).status).toBe(400);
    const inFile = await call('POST', 'files', { ...body, name: 'y', parentFolderId: await file() });
    expect(inFile.status).toBe(400);
  });

  test('makes an empty bot of a new bot', async () => {
    const content = await call('GET', `files/${await file()}/content`);
    expect(content.headers.get('content-type')).toBe(BOT);
    expect(content.body).toMatchObject({ nodes: [], variables: [], packages: [] });
  });

  test('in folders so deep that the path has no end is refused in words', async () => {
    let at: string | number = BOTS_FOLDER;
    let answer = await call('POST', `folders/${at}`, { name: 'ü'.repeat(200) });
    for (let depth = 0; depth < 8 && answer.status === 201; depth++) {
      at = answer.body.id as string;
      answer = await call('POST', `folders/${at}`, { name: 'ü'.repeat(200) });
    }
    expect(answer.status).toBe(400);
  });
});

describe('Content', () => {
  test('comes back byte for byte, and saving answers one row of single values', async () => {
    const id = await file();
    const text = '\uFEFF{ "nodes" : [ ],\r\n "variables": [], "big": 1e400 }\n';
    const saved = await call('PUT', `files/${id}/content?hasErrors=True`, text);
    expect(saved.status).toBe(200);
    expect(saved.body).toMatchObject({ id, version: '1', latestVersion: '2', hasErrors: true });
    for (const value of Object.values(saved.body)) expect(['string', 'boolean', 'number']).toContain(typeof value);

    const response = await fetch(`${server.url}/v2/repository/files/${id}/content`, {
      headers: { authorization: `Bearer ${server.admin}` },
    });
    expect(Buffer.from(await response.arrayBuffer()).toString('utf8')).toBe(text);
    expect((await call('PUT', `files/${id}/content`, '{"nodes":[],"variables":[]}')).body.hasErrors).toBe(false);
  });

  test.each([
    ['no JSON', '{"nodes": ['],
    ['a list', '[]'],
    ['nothing', ''],
    ['no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])('of a bot is not saved when it is %s', async (_what, body) => {
    const id = await file();
    expect((await call('PUT', `files/${id}/content`, body)).status).toBe(400);
    expect((await call('GET', `files/${id}`)).body.version).toBe('0');
  });

  test('of any other file is any bytes, and a page of a user is a download, never a page of this server', async () => {
    const id = await file({ contentType: 'text/html', name: 'a "page" é.html'.replaceAll('"', "'") });
    const bytes = new Uint8Array(3_000_000).fill(7);
    expect((await call('PUT', `files/${id}/content`, bytes)).body.size).toBe('3000000');
    const content = await call('GET', `files/${id}/content`);
    expect(content.headers.get('content-type')).toMatch(/^text\/html/);
    expect(content.headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''a%20.*%C3%A9\.html$/);
    expect(content.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(content.headers.get('x-content-type-options')).toBe('nosniff');
    expect(content.text.length).toBe(3_000_000);
  });

  test('over 32 MiB is refused with 413', async () => {
    const id = await file({ contentType: 'application/octet-stream' });
    const answer = await call('PUT', `files/${id}/content`, new Uint8Array(32 * 1024 * 1024 + 1));
    expect(answer.status).toBe(413);
    expect((await call('PUT', `files/${id}/content`, new Uint8Array(32 * 1024 * 1024))).status).toBe(200);
  });
});

describe('Folders', () => {
  test('are renamed and deleted only when nothing stands in them', async () => {
    const outer = await folder();
    const inner = await folder(outer, 'inner');
    expect((await call('PUT', `folders/${outer}`, { name: 'other' })).status).toBe(409);
    expect((await call('DELETE', `folders/${outer}`)).status).toBe(409);

    const renamed = await call('PUT', `folders/${inner}`, { name: 'renamed' });
    expect(renamed.body).toMatchObject({ name: 'renamed', path: expect.stringMatching(/\\renamed$/) });
    expect((await call('PUT', `folders/${inner}`, { name: 'a\\b' })).status).toBe(400);
    expect((await call('DELETE', `folders/${inner}`)).status).toBe(204);
    expect((await call('DELETE', `folders/${outer}`)).status).toBe(204);
    expect((await call('GET', `folders/${outer}`)).status).toBe(404);
  });

  test('that every workspace begins with stay as they are', async () => {
    for (const id of [1, 2]) {
      expect((await call('PUT', `folders/${id}`, { name: 'mine' })).status).toBe(409);
      expect((await call('DELETE', `folders/${id}`)).status).toBe(409);
    }
  });

  test('and files are deleted each by their own call', async () => {
    const [bot, place] = [await file(), await folder()];
    expect((await call('DELETE', `folders/${bot}`)).status).toBe(400);
    expect((await call('DELETE', `files/${place}`)).status).toBe(400);
    expect((await call('GET', `folders/${bot}`)).status).toBe(404);
    expect((await call('DELETE', `files/${bot}`)).status).toBe(204);
    expect((await call('DELETE', `files/${bot}`)).status).toBe(404);
  });

  test('renamed and filled at the same moment never hold a file with the old path', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await folder();
      const [renamed, created] = await Promise.all([
        call('PUT', `folders/${id}`, { name: `moved ${round}` }),
        call('POST', 'files', { contentType: BOT, name: 'in it', parentFolderId: id }),
      ]);
      expect([200, 409]).toContain(renamed.status);
      expect(created.status).toBe(201);
      const parent = await call('GET', `folders/${id}`);
      const child = await call('GET', `files/${created.body.id}`);
      expect(child.body.path).toBe(`${parent.body.path}\\in it`);
    }
  });
});

describe('Rights', () => {
  test('to read, upload, delete, create and rename folders are five', async () => {
    const id = await file();
    const place = await folder();
    const calls = [
      ['POST', 'files', { contentType: BOT, name: 'z', parentFolderId: 2 }],
      ['PUT', `files/${id}/content`, {}],
      ['DELETE', `files/${id}`, undefined],
      ['POST', `folders/${place}`, { name: 'z' }],
      ['PUT', `folders/${place}`, { name: 'z' }],
      ['DELETE', `folders/${place}`, undefined],
    ] as const;
    const reader = await server.user([VIEW]);
    for (const [method, path, body] of calls) expect((await call(method, path, body, reader)).status).toBe(403);
    const nobody = await server.user([30]);
    expect((await call('POST', 'file/list', {}, nobody)).status).toBe(403);
    expect((await call('GET', `files/${id}`, undefined, nobody)).status).toBe(403);
  });
});

describe('The private workspace', () => {
  test('comes with the licence of a Bot Creator and is made at its first use, once', async () => {
    const [creator, other] = [await botCreator('ada'), await botCreator('ben')];
    const defaults = await Promise.all(
      Array.from({ length: 4 }, () => call('GET', 'workspace/defaults', undefined, creator)),
    );
    for (const one of defaults) expect(one.body).toEqual(defaults[0]?.body);
    const { folderId, workspaceId } = defaults[0]?.body.private ?? {};
    expect(defaults[0]?.body).toMatchObject({ workspaceId: '1', folderId: '2', public: { folderId: '2' } });

    const id = await file({ name: 'My draft', parentFolderId: folderId, who: creator });
    const mine = await call('POST', 'workspaces/private/files/list', {}, creator);
    expect(mine.body.page.total).toBe(3);
    expect(mine.body.list[0]).toMatchObject({
      id,
      path: 'Automation Anywhere\\Bots\\My draft',
      workspaceType: 'PRIVATE',
      botStatus: 'DRAFT',
      workspaceId,
    });
    expect((await call('POST', 'workspaces/private/files/list', {}, other)).body.page.total).toBe(2);
    for (const path of [`files/${id}`, `files/${id}/content`, `folders/${folderId}`]) {
      expect((await call('GET', path, undefined, other)).status).toBe(404);
      expect((await call('GET', path, undefined, creator)).status).toBe(200);
    }
    expect((await call('DELETE', `files/${id}`, undefined, other)).status).toBe(404);
    const foreign = { contentType: BOT, name: 'x', parentFolderId: folderId };
    expect((await call('POST', 'files', foreign, other)).status).toBe(404);
    const all = await call('POST', 'file/list', { filter: { field: 'id', value: id } }, other);
    expect(all.body.list).toEqual([]);
    const byPath = await call('POST', 'workspaces/public/files/bypath', {
      path: 'Automation Anywhere\\Bots\\My draft',
    });
    expect(byPath.status).toBe(404);
    expect((await call('DELETE', `folders/${folderId}`, undefined, creator)).status).toBe(409);
  });

  test('is closed to whoever has no such licence', async () => {
    const user = await server.user(WRITER);
    expect((await call('POST', 'workspaces/private/files/list', {}, user)).status).toBe(403);
    expect((await call('GET', 'workspace/defaults', undefined, user)).body.private).toBeNull();
  });
});

test('The interface of a bot is its input and output variables', async () => {
  const id = await file();
  await call('PUT', `files/${id}/content`, {
    nodes: [],
    variables: [
      {
        name: 'amount',
        description: 'in EUR',
        type: 'NUMBER',
        input: true,
        output: false,
        defaultValue: { type: 'NUMBER', number: '5' },
      },
      { name: 'result', type: 'STRING', input: false, output: true },
      {
        name: 'inner',
        type: 'STRING',
        input: false,
        output: false,
        defaultValue: { type: 'STRING', string: 'secret' },
      },
    ],
  });
  const answer = await server.call('GET', `/v1/filecontent/${id}/interface`, as(undefined));
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    variables: [
      {
        name: 'amount',
        input: true,
        output: false,
        type: 'NUMBER',
        description: 'in EUR',
        defaultValue: { type: 'NUMBER', number: '5' },
      },
      { name: 'result', input: false, output: true, type: 'STRING', description: '', defaultValue: { type: 'STRING' } },
    ],
  });
  expect((await server.call('GET', '/v1/filecontent/987654/interface', as(undefined))).status).toBe(404);
  const csv = await file({ contentType: 'text/csv' });
  expect((await server.call('GET', `/v1/filecontent/${csv}/interface`, as(undefined))).status).toBe(400);
});

test('A path finds its file, and the health probe of a client finds a version', async () => {
  const found = await call('POST', 'workspaces/public/files/bypath', { path: 'automation anywhere/bots' });
  expect(found.body).toMatchObject({ id: '2', type: 'application/vnd.aa.directory' });
  expect((await call('POST', 'workspaces/public/files/bypath', { path: 'nowhere' })).status).toBe(404);
  const version = await server.call('GET', '/v2/settings/version/details', as(undefined));
  expect(version.body).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/) });
});
