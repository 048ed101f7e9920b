import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM } from '../../apps/control-room/src/domain/identity/index.ts';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { botThatCalls, MAY, type Person, type RepositorySuite, repositorySuite } from './support/repository.ts';

let server: TestServer;
let suite: RepositorySuite;
let admin: Person;
let writer: Person;
let reader: Person;
beforeAll(async () => {
  server = await startTestServer();
  suite = repositorySuite(server);
  admin = suite.admin;
  writer = await suite.person('writer');
  reader = await suite.person('reader', [MAY.view]);
});
afterAll(() => server?.stop());

const node = (uid: string, text: string, children?: object[]) => ({
  uid,
  commandName: 'Comment',
  packageName: 'Comment',
  disabled: false,
  attributes: [{ name: 'comment', value: { type: 'STRING', string: text } }],
  ...(children ? { children } : {}),
});
const bot = (...nodes: object[]) => ({ nodes, variables: [], packages: [{ name: 'Comment', version: '2.1.0' }] });
const history = async (id: string) => (await admin.call('GET', `files/${id}/versions`)).body.list;

describe('Versions', () => {
  test('are made by each save of a public file, newest first, each with its content', async () => {
    const id = await suite.file({ content: bot(node('a', 'one')) });
    await writer.call('PUT', `files/${id}/content`, bot(node('a', 'two')));
    const list = await history(id);
    expect(list).toMatchObject([
      {
        versionNumber: '3',
        origin: 'SAVE',
        createdBy: String(writer.id),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      { versionNumber: '2', origin: 'SAVE', createdBy: '1' },
      { versionNumber: '1', origin: 'CREATE' },
    ]);
    const old = await reader.call('GET', `files/${id}/versions/2/content`);
    expect(old.body).toEqual(bot(node('a', 'one')));
    expect(old.headers.get('content-type')).toBe('application/vnd.aa.taskbot');
    expect((await reader.call('GET', `files/${id}/versions/9/content`)).status).toBe(404);
    const filtered = await reader.call('POST', `files/${id}/versions/list`, {
      filter: { operator: 'eq', field: 'createdBy', value: String(writer.id) },
    });
    expect(filtered.body).toMatchObject({ page: { total: 3, totalFilter: 1 }, list: [{ versionNumber: '3' }] });
  });

  test('that are old become the newest again as new ones', async () => {
    const id = await suite.file({ content: bot(node('a', 'one')) });
    await writer.call('PUT', `files/${id}/content`, bot(node('a', 'two')));
    expect((await reader.call('POST', `files/${id}/restore`, { versionNumber: 2 })).status).toBe(403);
    const restored = await writer.call('POST', `files/${id}/restore`, { versionNumber: '2', comment: 'It was better' });
    expect(restored.body).toMatchObject({ latestVersion: '4' });
    expect((await reader.call('GET', `files/${id}/content`)).body).toEqual(bot(node('a', 'one')));
    expect((await history(id))[0]).toMatchObject({ origin: 'RESTORE', comment: 'It was better' });
    expect((await writer.call('POST', `files/${id}/restore`, { versionNumber: 99 })).status).toBe(404);
  });

  test('are compared command by command, with their lines', async () => {
    const id = await suite.file({ content: bot(node('a', 'stays'), node('b', 'old'), node('c', 'goes')) });
    await writer.call(
      'PUT',
      `files/${id}/content`,
      bot(node('n', 'new'), node('a', 'stays', [node('b', 'changed and moved')])),
    );
    const { body } = await reader.call('GET', `files/${id}/compare?from=2&to=3`);
    expect(body.identical).toBe(false);
    expect(body.bot).toMatchObject({
      added: [{ uid: 'n', line: 1, packageName: 'Comment', commandName: 'Comment' }],
      removed: [{ uid: 'c', line: 3 }],
      changed: [{ before: { uid: 'b', line: 2 }, after: { uid: 'b', line: 3 }, what: ['attributes'] }],
      moved: [{ before: { uid: 'b' }, after: { uid: 'b' } }],
      variables: { added: [], removed: [], changed: [] },
    });
    expect((await reader.call('GET', `files/${id}/compare?from=3&to=3`)).body).toMatchObject({ identical: true });
    expect((await reader.call('GET', `files/${id}/compare?from=3&to=4`)).status).toBe(404);
    expect((await reader.call('GET', `files/${id}/compare?from=3`)).status).toBe(400);
  });

  test('of other texts are compared as a patch, of bytes not at all', async () => {
    const id = await suite.file({ contentType: 'text/csv', name: 'list.csv' });
    for (const text of ['a\nb\nc\n', 'a\nB\nc\n', new Uint8Array([0, 255, 1])])
      expect((await writer.call('PUT', `files/${id}/content`, text)).status).toBe(200);
    const text = await reader.call('GET', `files/${id}/compare?from=2&to=3`);
    expect(text.body.patch).toContain('-b\n+B');
    expect((await reader.call('GET', `files/${id}/compare?from=3&to=4`)).body).not.toHaveProperty('patch');
  });
});

describe('A label', () => {
  test('stands at one version; PRODUCTION needs its own permission and is the production version', async () => {
    const id = await suite.file({ content: bot(node('a', 'one')) });
    const body = { fileIds: [id], label: 'production' };
    expect((await writer.call('POST', 'files/version/assignLabel', body)).status).toBe(403);
    const releaser = await suite.person('releaser', [MAY.view, MAY.setProduction]);
    const set = await releaser.call('POST', 'files/version/assignLabel', { ...body, versionNumber: '1' });
    expect(set.body.files, set.text).toMatchObject([{ id, productionVersion: '1', botVersionLabel: '' }]);
    expect((await releaser.call('PUT', `files/${id}/labels/PRODUCTION`, {})).body).toMatchObject({
      productionVersion: '2',
      botVersionLabel: 'PRODUCTION',
    });
    expect((await releaser.call('PUT', `files/${id}/labels/Pilot`, {})).status).toBe(403);
    expect((await writer.call('PUT', `files/${id}/labels/Pilot`, { versionNumber: 1 })).status).toBe(200);
    expect((await history(id)).map((one: { labels: string[] }) => one.labels)).toEqual([['PRODUCTION'], ['PILOT']]);
    expect((await writer.call('PUT', `files/${id}/labels/Pilot`, { versionNumber: 7 })).status).toBe(404);
    expect((await writer.call('DELETE', `files/${id}/labels/pilot`)).status).toBe(200);
    expect((await writer.call('DELETE', `files/${id}/labels/pilot`)).status).toBe(404);
  });

  test('says which version of a bot and of what it calls is run', async () => {
    const child = await suite.file({ name: 'Child', content: bot(node('c', 'released')) });
    const other = await suite.file({ name: 'Other', content: bot(node('o', 'only newest')) });
    const paths = ['Automation Anywhere/Bots/Child', 'Automation Anywhere/Bots/Other'];
    const main = await suite.file({ name: 'Main', content: botThatCalls(...paths) });
    for (const id of [main, child]) await admin.call('PUT', `files/${id}/labels/PRODUCTION`, {});
    await writer.call('PUT', `files/${child}/content`, bot(node('c', 'in the works')));
    await writer.call('PUT', `files/${main}/content`, bot(node('m', 'calls nobody')));

    const { bundles, versions } = server.room.domain.repository;
    const released = await bundles.get(Number(main), { label: 'Production' });
    expect(released?.files.map(({ path }) => path.split('\\').pop())).toEqual(['Child', 'Main', 'Other']);
    expect(released?.files[0]?.content).toContain('released');
    expect((await bundles.get(Number(main)))?.files).toHaveLength(1);
    expect(await bundles.get(Number(other), { label: 'PRODUCTION' })).toBeUndefined();
    expect(await versions.resolve(Number(main), 'PRODUCTION')).toMatchObject({ number: 2 });
    expect(await versions.resolve(Number(main), '')).toMatchObject({ number: 3 });
    await expect(versions.resolve(Number(main), 'NONE')).rejects.toMatchObject({ kind: 'notFound' });
  });
});

describe('Dependencies', () => {
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort();

  test('stand in the bot or are set; parents are the other way round', async () => {
    const callee = await suite.file({ name: 'Callee ä' });
    const table = await suite.file({ name: 'table.csv', contentType: 'text/csv' });
    const caller = await suite.file({ name: 'Caller', content: botThatCalls('Automation Anywhere/Bots/Callee ä') });
    const set = await writer.call('PUT', `files/${caller}/dependencies`, { childFileIds: [table] });
    expect(set.status).toBe(200);
    const { dependencies } = (await reader.call('GET', `files/${caller}/dependencies`)).body;
    expect(names(dependencies)).toEqual(['Callee ä', 'table.csv']);
    expect(dependencies[0]).toMatchObject({ id: callee, requiredByFileId: caller, dependencyType: 'SCANNED' });
    expect(names((await reader.call('GET', `files/${table}/parents`)).body.parents)).toEqual(['Caller']);
    // What was set stays with the next version; what no longer stands in the bot does not.
    await writer.call('PUT', `files/${caller}/content`, bot());
    const bulk = await reader.call('POST', 'dependencies', { fileIds: [caller, callee] });
    expect(names(bulk.body.dependencies)).toEqual(['table.csv']);
    expect((await reader.call('GET', `files/${callee}/parents`)).body.parents).toEqual([]);
    const { workspaceId } = (await reader.call('GET', `files/${caller}`)).body;
    const cleared = await writer.call('PUT', `files/${caller}/dependencies/${workspaceId}`, { childFileIds: [] });
    expect(cleared.body.dependencies).toEqual([]);
    expect((await writer.call('PUT', `files/${caller}/dependencies`, { childFileIds: ['987654'] })).status).toBe(404);
    expect((await writer.call('PUT', `files/${caller}/dependencies`, { childFileIds: [caller] })).status).toBe(400);
  });

  test('keep a file from being deleted, moved or renamed, and say who needs it', async () => {
    const callee = await suite.file({ name: 'Needed' });
    const caller = await suite.file({ name: 'Needs it', content: botThatCalls('Automation Anywhere\\Bots\\Needed') });
    const deleted = await writer.call('DELETE', `files/${callee}`);
    expect(deleted.status).toBe(409);
    expect(deleted.body.message).toContain('Needs it');
    expect((await writer.call('POST', `files/${callee}/move`, { name: 'Renamed' })).status).toBe(409);
    expect((await writer.call('POST', `files/${callee}/move`, { name: 'NEEDED' })).status).toBe(200);
    await admin.call('PUT', `files/${caller}/labels/PRODUCTION`, {});
    await writer.call('PUT', `files/${caller}/content`, bot());
    expect((await writer.call('DELETE', `files/${callee}`)).status).toBe(409);
    await admin.call('DELETE', `files/${caller}/labels/PRODUCTION`);
    expect((await writer.call('DELETE', `files/${callee}`)).status).toBe(204);
  });
});

test('A bot that a queue runs is not deleted, and the refusal names the automation to whoever sees it', async () => {
  const id = await suite.file({ name: 'Worker' });
  const post = async (path: string, body: object) =>
    (await server.call('POST', path, { token: server.admin, body })).body;
  const model = await post('/v4/wlm/workitemmodels', { name: 'm', attributes: [{ name: 'a', type: 'TEXT' }] });
  const queue = await post('/v4/wlm/queues', { name: 'q', workItemModelId: model.id });
  const pool = await post('/v2/devices/pools', { name: 'p', automationScheme: 'ROUND_ROBIN', timeSlice: '5' });
  const made = { name: 'Night shift', queueId: queue.id, fileId: id, poolId: pool.id, runAsUserIds: [1] };
  await post('/v4/wlm/automations', made);
  const refused = await admin.call('DELETE', `files/${id}`);
  expect(refused.status).toBe(409);
  expect(refused.body.message).toContain('by a queue automation: Night shift');
  const other = await writer.call('DELETE', `files/${id}`);
  expect(other.status).toBe(409);
  expect(other.text).not.toContain('Night shift');
});

describe('Moving and copying', () => {
  test('a folder takes all that is in it along, pictures too', async () => {
    const [from, to] = [await suite.folder('From here'), await suite.folder('To there')];
    const inner = await suite.folder('Inner', from);
    const id = await suite.file({ name: 'Deep', parentFolderId: inner });
    const picture = await writer.call('POST', 'files', {
      contentType: 'image/png',
      name: 'p.png',
      metadata: true,
      parentFileId: id,
    });
    const moved = await writer.call('POST', `files/${from}/move`, { parentFolderId: to, name: 'Moved' });
    expect(moved.body, moved.text).toMatchObject({ path: 'Automation Anywhere\\Bots\\To there\\Moved', parentId: to });
    expect((await reader.call('GET', `files/${id}`)).body.path).toBe(
      'Automation Anywhere\\Bots\\To there\\Moved\\Inner\\Deep',
    );
    expect((await reader.call('GET', `files/${picture.body.id}`)).body.path).toMatch(/Inner\\DeepMetadata\\p\.png$/);
    expect((await writer.call('POST', `files/${from}/move`, { parentFolderId: inner })).status).toBe(400);
    expect((await writer.call('POST', `files/${from}/move`, { parentFolderId: from })).status).toBe(400);
    expect((await writer.call('POST', 'files/2/move', { name: 'x' })).status).toBe(409);
    expect((await writer.call('POST', `files/${from}/move`, {})).status).toBe(400);
    expect((await writer.call('POST', `files/${id}/move`, { name: 'a/b' })).status).toBe(400);
  });

  test('into each other at the same moment leaves no circle', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [await suite.folder(), await suite.folder()];
      const answers = await Promise.all([
        writer.call('POST', `files/${a}/move`, { parentFolderId: b }),
        writer.call('POST', `files/${b}/move`, { parentFolderId: a }),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    }
  });

  test('and filled at the same moment a folder holds only its own paths', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await suite.folder();
      const [moved, created] = await Promise.all([
        writer.call('POST', `files/${id}/move`, { name: `moved ${round}` }),
        writer.call('POST', 'files', { contentType: 'text/csv', name: 'in it', parentFolderId: id }),
      ]);
      expect([moved.status, created.status]).toEqual([200, 201]);
      const parent = await reader.call('GET', `files/${id}`);
      const child = await reader.call('GET', `files/${created.body.id}`);
      expect(child.body.path).toBe(`${parent.body.path}\\in it`);
    }
  });

  test('a copy has the content and a history of its own', async () => {
    const id = await suite.file({ name: 'Original', content: bot(node('a', 'one')) });
    const place = await suite.folder();
    const copy = await writer.call('POST', `files/${id}/copy`, { name: 'Copy', parentId: Number(place) });
    expect(copy.status).toBe(201);
    expect(copy.body).toMatchObject({ name: 'Copy', parentId: place, latestVersion: '1' });
    expect((await reader.call('GET', `files/${copy.body.id}/content`)).body).toEqual(bot(node('a', 'one')));
    expect((await writer.call('POST', `files/${id}/copy`, { name: 'Copy', parentId: place })).status).toBe(409);
    expect((await reader.call('POST', `files/${id}/copy`, { name: 'Mine', parentId: place })).status).toBe(403);
    expect((await writer.call('POST', `files/${place}/copy`, { parentId: place })).status).toBe(400);
    const { folderId } = (await writer.call('GET', 'workspace/defaults')).body.private;
    const own = await writer.call('POST', `files/${id}/copy`, { parentId: folderId });
    expect(own.body).toMatchObject({ name: 'Original', workspaceType: 'PRIVATE', botStatus: 'DRAFT' });
  });
});

describe('A picture of a bot', () => {
  test('is kept beside it, found by its path, in no list, and comes back with it', async () => {
    const id = await suite.file({ name: 'Recorded' });
    const made = await writer.call('POST', 'files', {
      contentType: 'image/png',
      name: '9f.png',
      metadata: true,
      parentFileId: Number(id),
      isExpirable: false,
    });
    expect(made.body, made.text).toMatchObject({ id: expect.any(String), name: '9f.png', metadata: true });
    const bytes = new Uint8Array([137, 80, 78, 71]);
    expect((await writer.call('PUT', `files/${made.body.id}/content`, bytes)).status).toBe(200);
    const path = encodeURIComponent('Automation Anywhere/Bots/RecordedMetadata/9F.png');
    const picture = await reader.call('GET', `files/${id}/metadata/content?path=${path}`);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect((await reader.call('GET', `files/${id}/metadata/content?path=none.png`)).status).toBe(404);
    const listed = await reader.call('POST', 'file/list', { filter: { field: 'name', value: '9f.png' } });
    expect(listed.body.list).toEqual([]);
    expect((await reader.call('GET', `files/${id}`)).body.folderCount).toBe('0');
    await writer.call('DELETE', `files/${id}`);
    expect((await reader.call('GET', `files/${made.body.id}`)).status).toBe(404);
    expect((await writer.call('POST', 'recover', { fileIds: [id] })).status).toBe(200);
    expect((await reader.call('GET', `files/${id}/metadata/content?path=${path}`)).status).toBe(200);
    expect((await writer.call('POST', 'files', { contentType: 'image/png', name: 'x', metadata: true })).status).toBe(
      400,
    );
  });
});

describe('A deleted file', () => {
  test('is put back with its id, versions and labels, in its folder, which is made anew', async () => {
    const place = await suite.folder('Short-lived');
    const id = await suite.file({ name: 'Lost', parentFolderId: place, content: bot(node('a', 'one')) });
    await admin.call('PUT', `files/${id}/labels/PRODUCTION`, { versionNumber: 2 });
    expect((await writer.call('DELETE', `files/${id}`)).status).toBe(204);
    expect((await writer.call('DELETE', `folders/${place}`)).status).toBe(204);
    const listed = await writer.call('POST', 'deleted/list', { filter: { field: 'name', value: 'Lost' } });
    expect(listed.body.list).toMatchObject([{ id, deletedBy: String(writer.id), workspaceType: 'PUBLIC' }]);
    const back = await writer.call('POST', 'recover', { fileIds: [Number(id)] });
    expect(back.body.files, back.text).toMatchObject([
      { id, path: 'Automation Anywhere\\Bots\\Short-lived\\Lost', latestVersion: '2', productionVersion: '2' },
    ]);
    expect((await reader.call('GET', `files/${id}/content`)).body).toEqual(bot(node('a', 'one')));
    expect((await writer.call('POST', 'recover', { fileIds: [id] })).status).toBe(404);
    expect((await reader.call('POST', 'recover', { fileIds: [id] })).status).toBe(403);
  });

  test('is not put back over another, and is forgotten after thirty days', async () => {
    const id = await suite.file({ name: 'Replaced' });
    await writer.call('DELETE', `files/${id}`);
    const other = await suite.file({ name: 'Replaced' });
    expect((await writer.call('POST', 'recover', { fileIds: [id] })).status).toBe(409);
    await writer.call('DELETE', `files/${other}`);
    // Tokens do not live that long.
    const { sweep, entries } = server.room.domain.repository;
    await server.advance({ hours: 29 * 24 });
    await sweep();
    expect(await entries.recover(SYSTEM, [Number(id)])).toMatchObject([{ name: 'Replaced' }]);
    await entries.remove(SYSTEM, Number(id), 'file');
    await server.advance({ hours: 2 * 24 });
    expect(await sweep()).toBeGreaterThan(0);
    await expect(entries.recover(SYSTEM, [Number(other)])).rejects.toMatchObject({ kind: 'notFound' });
    expect(await entries.recover(SYSTEM, [Number(id)])).toHaveLength(1);
  });
});
