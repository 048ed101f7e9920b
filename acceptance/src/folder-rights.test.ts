import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { botThatCalls, MAY, type Person, type RepositorySuite, repositorySuite, WRITER } from './support/repository.ts';

/*
 * Two folders, one open to a role and one not. `ed` has every general permission of a writer; what his role may do in
 * folders is set anew by each test.
 */
const EVERYTHING = ['viewContent', 'checkIn', 'checkOut', 'clone', 'delete', 'run', 'schedule', 'createFolder'];

let server: TestServer;
let suite: RepositorySuite;
let admin: Person;
let ed: Person;
let open: string;
let closed: string;
let inOpen: string;
let inClosed: string;
beforeAll(async () => {
  server = await startTestServer();
  suite = repositorySuite(server);
  admin = suite.admin;
  ed = await suite.person('ed');
  open = await suite.folder('Open', await suite.folder('Above'));
  closed = await suite.folder('Closed');
  inClosed = await suite.file({ name: 'Secret', parentFolderId: closed });
  inOpen = await suite.file({
    name: 'Known',
    parentFolderId: open,
    content: botThatCalls('Automation Anywhere/Bots/Closed/Secret'),
  });
});
afterAll(() => server?.stop());
beforeEach(() => give({ [open]: EVERYTHING }));

const set = (body: unknown, roleId = ed.roleId, who = admin) => who.call('PUT', `role/${roleId}/permissions`, body);
async function give(rights: Readonly<Record<string, readonly string[]>>, roleId = ed.roleId): Promise<void> {
  const folders = Object.entries(rights).map(([folderId, words]) => ({
    folderId,
    permission: Object.fromEntries(words.map((word) => [word, true])),
  }));
  const answer = await set({ folders }, roleId);
  if (answer.status !== 201) throw new Error(answer.text);
}
const ids = async (path: string, who = ed, body: object = {}) =>
  (await who.call('POST', path, body)).body.list.map(({ id }: { id: string }) => id).sort();
const status = async (method: string, path: string, body?: unknown, who = ed) =>
  (await who.call(method, path, body)).status;

describe('A role whose folder rights were never set', () => {
  test('has on every folder what its general permissions give', async () => {
    const free = await suite.person('free', [MAY.view, MAY.run]);
    expect(await status('GET', `files/${inClosed}/content`, undefined, free)).toBe(200);
    const { permission } = (await free.call('GET', `files/${inClosed}`)).body;
    expect(permission).toMatchObject({ viewContent: true, run: true, upload: false, delete: false, clone: false });
    const inFolder = await admin.call('GET', `role/${free.roleId}/folder/${closed}/permissions`);
    expect(inFolder.body).toMatchObject({
      restricted: false,
      decidedBy: null,
      permission: { viewContent: true, run: true, schedule: true, checkIn: false, delete: false },
    });
  });
});

describe('A role whose folder rights were set', () => {
  test('sees those folders, what stands below them, the names on the way there, and nothing else', async () => {
    const inner = await suite.folder('Inner', open);
    const deep = await suite.file({ parentFolderId: inner });
    const above = (await admin.call('GET', `folders/${open}`)).body.parentId;
    const seen = ['1', '2', above, open, inner, deep, inOpen].sort();
    for (const path of ['file/list', 'workspaces/public/files/list']) {
      const { body } = await ed.call('POST', path, { filter: { field: 'workspaceType', value: 'PUBLIC' } });
      expect(body.list.map(({ id }: { id: string }) => id).sort(), path).toEqual(seen);
      expect(body.page.totalFilter).toBe(seen.length);
    }
    expect((await ed.call('POST', 'workspaces/public/files/list', {})).body.page.total).toBe(seen.length);
    expect(await ids('folders/2/list')).toEqual([above]);
    expect((await ed.call('GET', 'folders/2')).body).toMatchObject({
      folderCount: '1',
      permission: { viewContent: false, upload: false, createFolder: false, delete: false },
    });
    expect((await admin.call('GET', 'folders/2')).body.folderCount).not.toBe('1');
    expect((await ed.call('GET', `folders/${open}`)).body.folderCount).toBe('2');
  });

  test('does not reach what is closed by any call', async () => {
    const target = { parentId: open };
    const calls: [string, string, unknown?][] = [
      ['GET', `files/${inClosed}`],
      ['GET', `folders/${closed}`],
      ['POST', `folders/${closed}/list`, {}],
      ['GET', `files/${inClosed}/content`],
      ['PUT', `files/${inClosed}/content`, { nodes: [] }],
      ['GET', `files/${inClosed}/metadata/content?path=x`],
      ['GET', `files/${inClosed}/versions`],
      ['POST', `files/${inClosed}/versions/list`, {}],
      ['GET', `files/${inClosed}/versions/1/content`],
      ['GET', `files/${inClosed}/compare?from=1&to=1`],
      ['POST', `files/${inClosed}/restore`, { versionNumber: 1 }],
      ['PUT', `files/${inClosed}/labels/PILOT`, {}],
      ['DELETE', `files/${inClosed}/labels/PILOT`],
      ['POST', 'files/version/assignLabel', { fileId: inClosed, label: 'PILOT' }],
      ['POST', `files/${inClosed}/checkout`],
      ['POST', `files/${inClosed}/checkin`, {}],
      ['POST', `files/${inClosed}/undo-checkout`],
      ['POST', `files/${inClosed}/copy`, target],
      ['POST', `files/${inOpen}/copy`, { parentId: closed }],
      ['POST', `files/${inClosed}/move`, { parentFolderId: open }],
      ['POST', `files/${inOpen}/move`, { parentFolderId: closed }],
      ['GET', `files/${inClosed}/dependencies`],
      ['GET', `files/${inClosed}/parents`],
      ['PUT', `files/${inClosed}/dependencies`, { childFileIds: [] }],
      ['PUT', `files/${inOpen}/dependencies`, { childFileIds: [inClosed] }],
      ['POST', 'dependencies', { fileIds: [inOpen, inClosed] }],
      ['POST', 'files/packagesVersionUpdate', { package_info: { a: '1' }, file_ids: [inClosed] }],
      ['POST', 'files', { contentType: 'text/csv', name: 'new.csv', parentFolderId: closed }],
      ['POST', 'files', { contentType: 'image/png', name: 'p.png', metadata: true, parentFileId: inClosed }],
      ['POST', `folders/${closed}`, { name: 'new' }],
      ['PUT', `folders/${closed}`, { name: 'new' }],
      ['DELETE', `folders/${closed}`],
      ['DELETE', `files/${inClosed}`],
      ['POST', 'workspaces/public/files/bypath', { path: 'Automation Anywhere\\Bots\\Closed\\Secret' }],
    ];
    for (const [method, path, body] of calls) expect(await status(method, path, body), `${method} ${path}`).toBe(404);
    const { token } = ed;
    for (const path of [`/v1/filecontent/${inClosed}/interface`, `/signalbox/v1/bots/${inClosed}/problems`])
      expect((await server.call('GET', path, { token })).status, path).toBe(404);
    expect((await admin.call('GET', `files/${inClosed}`)).body).toMatchObject({ latestVersion: '1', locked: false });
  });

  test('learns nothing of it from what it sees', async () => {
    expect((await ed.call('GET', `files/${inOpen}/dependencies`)).body.dependencies).toEqual([]);
    expect((await admin.call('GET', `files/${inOpen}/dependencies`)).body.dependencies).toHaveLength(1);
    const shared = await suite.file({ name: 'Shared', parentFolderId: open });
    const user = await suite.file({
      name: 'Hidden user',
      parentFolderId: closed,
      content: botThatCalls('Automation Anywhere/Bots/Above/Open/Shared'),
    });
    expect((await ed.call('GET', `files/${shared}/parents`)).body.parents).toEqual([]);
    const refused = await ed.call('DELETE', `files/${shared}`);
    expect(refused.status).toBe(409);
    expect(refused.text).not.toContain('Hidden user');
    const { token } = ed;
    const problems = await server.call('GET', `/signalbox/v1/bots/${inOpen}/problems`, { token });
    expect(problems.status).toBe(200);
    expect(problems.text).not.toContain('Secret');
    await admin.call('DELETE', `files/${user}`);
    const deleted = await ed.call('POST', 'deleted/list', {});
    expect(deleted.text).not.toContain('Hidden user');
    expect(await status('POST', 'recover', { fileIds: [user] })).toBe(404);
  });

  test('needs for each thing the right to do it', async () => {
    const { rights } = server.room.domain.repository;
    const caller = await server.room.domain.identity.authenticate(ed.token);
    const cases: [string, string, string, unknown?][] = [
      ['viewContent', 'GET', `files/${inOpen}/content`],
      ['viewContent', 'GET', `files/${inOpen}/versions`],
      ['viewContent', 'GET', `files/${inOpen}/dependencies`],
      ['checkIn', 'PUT', `files/${inOpen}/content`, { nodes: [], variables: [] }],
      ['checkIn', 'POST', 'files', { contentType: 'text/csv', name: 'made.csv', parentFolderId: open }],
      ['checkIn', 'POST', `files/${inOpen}/restore`, { versionNumber: 1 }],
      ['checkIn', 'PUT', `files/${inOpen}/labels/PILOT`, {}],
      ['checkOut', 'POST', `files/${inOpen}/checkout`],
      ['clone', 'POST', `files/${inOpen}/copy`, { name: 'copy', parentId: '2' }],
      ['delete', 'DELETE', `files/${inOpen}`],
      ['delete', 'POST', `files/${inOpen}/move`, { parentFolderId: '2' }],
      ['createFolder', 'POST', `folders/${open}`, { name: 'made' }],
    ];
    for (const [right, method, path, body] of cases) {
      await give({
        [open]: EVERYTHING.filter(
          (one) =>
            one !== right &&
            !(right === 'clone' && one === 'checkIn') &&
            !(right === 'viewContent' && one === 'checkIn'),
        ),
      });
      expect(await status(method, path, body), `${method} ${path} without ${right}`).toBe(403);
    }
    await admin.call('PUT', `files/${inOpen}/content`, { nodes: [], variables: [] });
    for (const right of ['run', 'schedule'] as const) {
      await give({ [open]: EVERYTHING.filter((one) => one !== right) });
      await expect(rights.require(caller, Number(inOpen), right)).rejects.toMatchObject({ kind: 'forbidden' });
      await give({ [open]: [right] });
      expect(await rights.require(caller, Number(inOpen), right)).toMatchObject({ name: 'Known' });
    }
    await admin.call('PUT', `files/${inOpen}/content`, botThatCalls('Automation Anywhere/Bots/Closed/Secret'));
    await expect(rights.require(caller, Number(inClosed), 'run')).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('runs a bot only with the right on all that it calls, also in a version with a label', async () => {
    const { rights } = server.room.domain.repository;
    const caller = await server.room.domain.identity.authenticate(ed.token);
    const path = 'Automation Anywhere/Bots/Closed/Secret';
    const middle = await suite.file({ name: 'Middle', parentFolderId: open, content: botThatCalls(path) });
    const outer = await suite.file({
      name: 'Calls the middle',
      parentFolderId: open,
      content: botThatCalls('Automation Anywhere/Bots/Above/Open/Middle'),
    });
    const run = () => rights.require(caller, Number(outer), 'run');
    await expect(run()).rejects.toMatchObject({ kind: 'forbidden', message: expect.not.stringContaining('Secret') });
    await give({ [open]: EVERYTHING, [closed]: ['run'] });
    expect(await run()).toMatchObject({ name: 'Calls the middle' });
    await give({ [open]: EVERYTHING });
    await admin.call('PUT', `files/${middle}/labels/PILOT`, {});
    await admin.call('PUT', `files/${middle}/content`, { nodes: [], variables: [] });
    await expect(run()).rejects.toMatchObject({ kind: 'forbidden' });
    await admin.call('DELETE', `files/${middle}/labels/PILOT`);
    expect(await run()).toMatchObject({ name: 'Calls the middle' });
  });

  test('may read the interface of what it may run', async () => {
    const path = `/v1/filecontent/${inOpen}/interface`;
    const read = async () => (await server.call('GET', path, { token: ed.token })).status;
    await give({ [open]: ['run'] });
    expect(await read()).toBe(200);
    expect(await status('GET', `files/${inOpen}/content`)).toBe(403);
    await give({ [open]: ['schedule'] });
    expect(await read()).toBe(403);
  });

  test('never may more than its general permissions say', async () => {
    const few = await suite.person('few', [MAY.view]);
    await give({ [open]: EVERYTHING }, few.roleId);
    expect((await few.call('GET', `files/${inOpen}`)).body.permission).toMatchObject({
      viewContent: true,
      run: false,
      editContent: false,
      delete: false,
      clone: false,
    });
  });

  test('finds the nearest folder deciding: a folder below may be closed, or opened further', async () => {
    const inner = await suite.folder('Nearer', open);
    const file = await suite.file({ parentFolderId: inner });
    await give({ [open]: EVERYTHING, [inner]: ['viewContent'] });
    expect(await status('DELETE', `files/${file}`)).toBe(403);
    await give({ [open]: EVERYTHING, [inner]: [] });
    expect(await status('GET', `files/${file}`)).toBe(404);
    expect(await ids(`folders/${open}/list`)).not.toContain(inner);
    await give({ [open]: ['viewContent'], [inner]: EVERYTHING });
    expect(await status('PUT', `files/${inOpen}/content`, {})).toBe(403);
    expect(await status('DELETE', `files/${file}`)).toBe(204);
    const nearest = await admin.call('GET', `role/${ed.roleId}/folder/${open}/permissions`);
    expect(nearest.body).toMatchObject({ restricted: true, decidedBy: open, permission: { delete: false } });
    expect((await admin.call('GET', `role/${ed.roleId}/folder/2/permissions`)).body).toMatchObject({
      decidedBy: null,
      permission: { viewContent: false },
    });
  });

  test('moves a folder only with all that is in it', async () => {
    const outer = await suite.folder('Outer', open);
    const inner = await suite.folder('Shut', outer);
    await give({ [open]: EVERYTHING, [inner]: [] });
    expect(await status('POST', `files/${outer}/move`, { name: 'Renamed' })).toBe(403);
    await give({ [open]: EVERYTHING });
    expect(await status('POST', `files/${outer}/move`, { name: 'Renamed' })).toBe(200);
  });

  test('checks a new file in only where it may, and makes folders only where it may', async () => {
    const { folderId } = (await ed.call('GET', 'workspace/defaults')).body.private;
    const above = await suite.folder('Above', folderId, ed);
    const place = await suite.folder('Open', above, ed);
    const allowed = await suite.file({ who: ed, name: 'Allowed', parentFolderId: place });
    const elsewhere = await suite.file({ who: ed, name: 'Elsewhere', parentFolderId: folderId });
    const deeper = await suite.file({ who: ed, name: 'Deeper', parentFolderId: await suite.folder('New', place, ed) });
    expect(await status('POST', `files/${elsewhere}/checkin`, {})).toBe(403);
    await give({ [open]: ['checkIn'] });
    expect(await status('POST', `files/${deeper}/checkin`, {})).toBe(403);
    expect(await status('POST', `files/${allowed}/checkin`, {})).toBe(200);
  });
});

describe('Several roles', () => {
  test('give a user what any of them gives', async () => {
    const second = await suite.person('second-role', WRITER);
    await give({ [closed]: ['viewContent'] }, second.roleId);
    const user = (await server.call('GET', `/v1/usermanagement/users/${ed.id}`, { token: admin.token })).body;
    const both = (roles: number[]) =>
      server.call('PUT', `/v1/usermanagement/users/${ed.id}`, {
        token: admin.token,
        body: { version: undefined, roles: roles.map((id) => ({ id })) },
      });
    expect((await both([ed.roleId, second.roleId])).status, user.id).toBe(200);
    expect(await status('GET', `files/${inClosed}/content`)).toBe(200);
    expect(await status('DELETE', `files/${inClosed}`)).toBe(403);
    expect(await status('GET', `files/${inOpen}/content`)).toBe(200);
    await both([ed.roleId]);
    expect(await status('GET', `files/${inClosed}`)).toBe(404);
  });
});

describe('Setting the rights of a role', () => {
  test('takes what clients may send, and answers 201 with what it understood', async () => {
    const flags = { viewContent: 'true', upload: true, execute: true, move: true, unknown: true };
    for (const body of [
      [{ folderId: Number(open), ...flags }],
      { permissions: [{ resourceId: open, permissions: flags }] },
      { folderPermissions: [{ FolderId: open, rights: ['viewContent', 'UPLOAD', 'run'] }] },
    ]) {
      const answer = await set(body);
      expect(answer.status, answer.text).toBe(201);
      expect(answer.body).toMatchObject({
        roleId: String(ed.roleId),
        restricted: true,
        folders: [
          { folderId: open, permission: { viewContent: true, checkIn: true, clone: true, run: true, delete: false } },
        ],
      });
    }
  });

  test('is refused for what makes no sense, and changes nothing then', async () => {
    for (const body of [{}, 'x', [1], [{ viewContent: true }], [{ folderId: open, rights: ['fly'] }]])
      expect((await set(body)).status, JSON.stringify(body)).toBe(400);
    expect((await set([{ folderId: open }, { folderId: open }])).status).toBe(400);
    for (const folderId of ['987654', inOpen]) expect((await set([{ folderId }])).status).toBe(404);
    expect((await set([], 987654)).status).toBe(404);
    expect((await set([], 1)).status).toBe(409);
    expect(await status('GET', `files/${inOpen}/content`)).toBe(200);
  });

  test('refuses a stale version', async () => {
    const { version } = (await admin.call('GET', `role/${ed.roleId}/permissions`)).body;
    expect((await set({ folders: [], version: version - 1 })).status).toBe(409);
    expect((await set({ folders: [], version })).body.version).toBe(version + 1);
  });

  test('to nothing leaves nothing; clearing them goes back to the general permissions', async () => {
    await give({});
    expect(await ids('workspaces/public/files/list')).toEqual([]);
    expect((await admin.call('DELETE', `role/${ed.roleId}/permissions`)).body).toMatchObject({ restricted: false });
    expect(await status('GET', `files/${inClosed}/content`)).toBe(200);
  });

  test('takes the right to manage roles', async () => {
    expect((await set([], ed.roleId, ed)).status).toBe(403);
    const looker = await suite.person('looker', [MAY.rolesView]);
    expect((await looker.call('GET', `role/${ed.roleId}/permissions`)).status).toBe(200);
    expect((await set([], ed.roleId, looker)).status).toBe(403);
  });
});

test('Who may reach every resource reaches every folder, whatever was set', async () => {
  const auditor = await suite.person('auditor', [MAY.view, MAY.accessAny]);
  await give({}, auditor.roleId);
  expect(await status('GET', `files/${inClosed}/content`, undefined, auditor)).toBe(200);
});
