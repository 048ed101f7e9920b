import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import {
  BOT,
  BOTS_FOLDER,
  botThatCalls,
  MAY,
  type Person,
  type RepositorySuite,
  repositorySuite,
  WRITER,
} from './support/repository.ts';

let server: TestServer;
let suite: RepositorySuite;
let [ada, ben]: Person[] = [];
beforeAll(async () => {
  server = await startTestServer();
  suite = repositorySuite(server);
  ada = await suite.person('ada');
  ben = await suite.person('ben');
});
afterAll(() => server?.stop());

const bot = (comment: string) => ({ nodes: [], variables: [], comment });
const nodes = async (who: Person | undefined, id: string) => (await who?.call('GET', `files/${id}/content`))?.body;

describe('A check-out', () => {
  test('puts a copy into the private workspace, at the same path, and locks the public file', async () => {
    const place = await suite.folder('Finance');
    const id = await suite.file({ name: 'Pay', parentFolderId: place, content: bot('first') });
    const copy = await ada?.call('POST', `files/${id}/checkout`);
    expect(copy?.status, copy?.text).toBe(201);
    expect(copy?.body).toMatchObject({
      path: 'Automation Anywhere\\Bots\\Finance\\Pay',
      workspaceType: 'PRIVATE',
      botStatus: 'CHECKED_OUT',
      originalVersion: '2',
      isEdited: true,
      locked: false,
    });
    expect(await nodes(ada, copy?.body.id)).toEqual(bot('first'));
    const locked = { locked: true, lockedBy: String(ada?.id), botStatus: 'CHECKED_OUT' };
    expect((await ben?.call('GET', `files/${id}`))?.body).toMatchObject(locked);
    const found = await ben?.call('POST', 'workspaces/public/files/list', {
      filter: { operator: 'eq', field: 'botStatus', value: 'CHECKED_OUT' },
    });
    expect(found?.body.list.map((one: { id: string }) => one.id)).toEqual([id]);
    for (const [method, path, body] of [
      ['PUT', `files/${id}/content`, bot('other')],
      ['POST', `files/${id}/checkout`, undefined],
      ['POST', `files/${id}/move`, { name: 'Else' }],
      ['POST', `files/${id}/restore`, { versionNumber: 1 }],
      ['DELETE', `files/${id}`, undefined],
    ] as const) {
      for (const who of [ada, ben]) expect((await who?.call(method, path, body))?.status, path).toBe(409);
    }
    expect((await ben?.call('GET', `files/${copy?.body.id}`))?.status).toBe(404);
  });

  test('is checked in as a new version with its comment; the copy leaves the private workspace', async () => {
    const id = await suite.file({ content: bot('first') });
    const copy = (await ada?.call('POST', `files/${id}/checkout`))?.body.id;
    await ada?.call('PUT', `files/${copy}/content`, bot('second'));
    expect(await nodes(ben, id)).toEqual(bot('first'));
    const done = await ada?.call('POST', `files/${copy}/checkin`, { comment: 'Pays in euros' });
    expect(done?.body).toMatchObject({ id, locked: false, lockedBy: '0', latestVersion: '3', workspaceType: 'PUBLIC' });
    expect(await nodes(ben, id)).toEqual(bot('second'));
    expect((await ada?.call('GET', `files/${copy}`))?.status).toBe(404);
    const [newest] = (await ben?.call('GET', `files/${id}/versions`))?.body.list ?? [];
    expect(newest).toMatchObject({
      versionNumber: '3',
      origin: 'CHECK_IN',
      comment: 'Pays in euros',
      createdBy: String(ada?.id),
    });
    // By the id of the public file as well.
    await ada?.call('POST', `files/${id}/checkout`);
    expect((await ada?.call('POST', `files/${id}/checkin`, {}))?.body.latestVersion).toBe('4');
    expect((await ada?.call('POST', `files/${id}/checkin`, {}))?.status).toBe(409);
  });

  test('is taken back with its copy; the public file is as it was', async () => {
    const id = await suite.file({ content: bot('first') });
    const copy = (await ada?.call('POST', `files/${id}/checkout`))?.body.id;
    await ada?.call('PUT', `files/${copy}/content`, bot('not wanted'));
    expect((await ada?.call('DELETE', `files/${copy}`))?.status).toBe(409);
    expect((await ada?.call('POST', `files/${copy}/undo-checkout`))?.body).toMatchObject({ id, locked: false });
    expect(await nodes(ada, id)).toEqual(bot('first'));
    expect((await ada?.call('GET', `files/${copy}`))?.status).toBe(404);
    expect((await ada?.call('POST', `files/${id}/undo-checkout`))?.status).toBe(409);
  });

  test('of somebody else is ended by whoever may force it, and leaves him his work as a draft', async () => {
    const id = await suite.file({ name: 'Forced', content: bot('first') });
    const copy = (await ada?.call('POST', `files/${id}/checkout`))?.body.id;
    await ada?.call('PUT', `files/${copy}/content`, bot('work of a day'));
    expect((await ben?.call('POST', `files/${id}/undo-checkout`))?.status).toBe(403);
    const helper = await suite.person('helper', [MAY.view, MAY.cancelCheckout]);
    expect((await helper.call('GET', `files/${id}`)).body.permission.cancelCheckout).toBe(true);
    expect((await helper.call('POST', `files/${id}/undo-checkout`)).body).toMatchObject({ id, locked: false });
    expect((await ada?.call('GET', `files/${copy}`))?.body).toMatchObject({ botStatus: 'DRAFT', isEdited: false });
    expect(await nodes(ada, copy)).toEqual(bot('work of a day'));
    // The draft is new now, and its path is taken.
    expect((await ada?.call('POST', `files/${copy}/checkin`, {}))?.status).toBe(409);
    expect((await ada?.call('POST', `files/${id}/checkout`))?.status).toBe(409);
    await ada?.call('DELETE', `files/${copy}`);
    expect((await ada?.call('POST', `files/${id}/checkout`))?.status).toBe(201);
  });

  test('needs a private workspace, a file, and the permission to upload', async () => {
    const id = await suite.file();
    const unlicensed = await server.user(WRITER, 'unlicensed');
    const refused = await server.call('POST', `/v2/repository/files/${id}/checkout`, { token: unlicensed.token });
    expect(refused.status).toBe(403);
    const reader = await suite.person('reader', [MAY.view]);
    expect((await reader.call('POST', `files/${id}/checkout`)).status).toBe(403);
    expect((await ada?.call('POST', `files/${BOTS_FOLDER}/checkout`))?.status).toBe(400);
    expect((await ada?.call('POST', 'files/987654/checkout'))?.status).toBe(404);
  });

  test('by two at once is one’s', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await suite.file();
      const answers = await Promise.all([ada, ben].map((who) => who?.call('POST', `files/${id}/checkout`)));
      expect(answers.map((answer) => answer?.status).sort()).toEqual([201, 409]);
    }
  });

  test('checked in twice at once makes one version', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await suite.file();
      const copy = (await ada?.call('POST', `files/${id}/checkout`))?.body.id;
      const answers = await Promise.all(
        [copy, copy].map((one) => ada?.call('POST', `files/${one}/checkin`, { comment: 'once' })),
      );
      expect(answers.filter((answer) => answer?.status === 200)).toHaveLength(1);
      expect([404, 409]).toContain(answers.find((answer) => answer?.status !== 200)?.status);
      expect((await ada?.call('GET', `files/${id}`))?.body.latestVersion).toBe('2');
    }
  });
});

test('A private bot goes to no runner and to no queue', async () => {
  const { folderId } = (await ada?.call('GET', 'workspace/defaults'))?.body.private ?? {};
  const id = await suite.file({ who: ada as Person, name: 'Not yet', parentFolderId: folderId, content: bot('mine') });
  const shared = await suite.file();
  const device = { hostName: 'h', os: 'Linux', agentVersion: '0', capacity: 1, capabilities: {} };
  const { token } = (await server.call('POST', '/signalbox/v1/runner-tokens', { token: server.admin })).body;
  const { key } = (await server.call('POST', '/runner/v1/register', { body: { token, device } })).body;
  expect((await server.call('GET', `/runner/v1/bundles/${shared}`, { token: key })).status).toBe(200);
  expect((await server.call('GET', `/runner/v1/bundles/${id}`, { token: key })).status).toBe(404);
  const post = (path: string, body: object) => server.call('POST', path, { token: server.admin, body });
  const attributes = [{ name: 'a', type: 'TEXT' }];
  const { id: workItemModelId } = (await post('/v4/wlm/workitemmodels', { name: 'm', attributes })).body;
  const { id: queueId } = (await post('/v4/wlm/queues', { name: 'q', workItemModelId })).body;
  const pool = { name: 'p', automationScheme: 'ROUND_ROBIN', timeSlice: '5' };
  const { id: poolId } = (await post('/v2/devices/pools', pool)).body;
  const attach = (fileId: string) =>
    post('/v4/wlm/automations', { name: 'n', queueId, fileId, poolId, runAsUserIds: [1], status: 'INACTIVE' });
  const refused = await attach(id);
  expect(refused.status).toBe(400);
  expect(refused.body.message).toContain('not checked in');
  expect((await attach(shared)).status).toBeLessThan(300);
});

describe('A new private file', () => {
  const draft = async (who: Person, folders: readonly string[], name: string) => {
    let at = (await who.call('GET', 'workspace/defaults')).body.private.folderId;
    for (const folder of folders) at = await suite.folder(folder, at, who);
    return suite.file({ who, name, parentFolderId: at, content: bot('mine') });
  };

  test('is checked in with the folders that it needs, and keeps its id', async () => {
    const id = await draft(ada as Person, ['Made', 'Deeper'], 'New one');
    const picture = await ada?.call('POST', 'files', {
      contentType: 'image/png',
      name: 'a.png',
      metadata: true,
      parentFileId: id,
    });
    expect(picture?.status, picture?.text).toBe(201);
    await ada?.call('PUT', `files/${picture?.body.id}/content`, new Uint8Array([1, 2, 3]));
    const done = await ada?.call('POST', `files/${id}/checkin`, { comment: 'Here it is' });
    expect(done?.body, done?.text).toMatchObject({
      id,
      path: 'Automation Anywhere\\Bots\\Made\\Deeper\\New one',
      workspaceType: 'PUBLIC',
      latestVersion: '1',
    });
    expect(await nodes(ben, id)).toEqual(bot('mine'));
    const seen = await ben?.call('GET', `files/${id}/metadata/content?path=x%5CNew%20oneMetadata%5Ca.png`);
    expect(seen?.status).toBe(200);
  });

  test('that calls another private one is marked when it is checked in alone', async () => {
    await draft(ada as Person, [], 'Called');
    const id = await draft(ada as Person, [], 'Calls');
    const content = botThatCalls('Automation Anywhere/Bots/Called');
    expect((await ada?.call('PUT', `files/${id}/content`, content))?.body.hasErrors).toBe(false);
    const done = await ada?.call('POST', `files/${id}/checkin`, {});
    expect(done?.body).toMatchObject({ latestVersion: '1', hasErrors: true });
  });

  test('is not checked in by whoever may not make folders, nor over what is there', async () => {
    const few = await suite.person('few', [MAY.view, MAY.upload]);
    const admins = await draft(ada as Person, ['Missing'], 'In a new folder');
    expect((await few.call('POST', `files/${admins}/checkin`, {})).status).toBe(404);
    const own = await few.call('GET', 'workspace/defaults');
    const id = await suite.file({ who: few, name: 'At the top', parentFolderId: own.body.private.folderId });
    expect((await few.call('POST', `files/${id}/checkin`, {})).status).toBe(200);
    const again = await suite.file({ who: few, name: 'At the top', parentFolderId: own.body.private.folderId });
    expect((await few.call('POST', `files/${again}/checkin`, {})).status).toBe(409);
  });

  test('is nobody else’s to see or to check in', async () => {
    const id = await draft(ada as Person, [], 'Hidden');
    for (const path of ['checkin', 'checkout', 'undo-checkout'])
      expect((await ben?.call('POST', `files/${id}/${path}`, {}))?.status).toBe(404);
    expect((await suite.admin.call('POST', `files/${id}/checkin`, {})).status).toBe(403);
    expect((await ada?.call('GET', `files/${id}/versions`))?.status).toBe(400);
  });
});

test('A folder moved while files are checked out of it, copied and added never waits in a circle', async () => {
  for (let round = 0; round < 8; round++) {
    const place = await suite.folder();
    const [first, second] = [await suite.file({ parentFolderId: place }), await suite.file({ parentFolderId: place })];
    const [moved, out, copied, picture] = await Promise.all([
      ben?.call('POST', `files/${place}/move`, { name: `round ${round}` }),
      ada?.call('POST', `files/${first}/checkout`),
      ben?.call('POST', `files/${second}/copy`, { parentId: place, name: 'copy' }),
      ben?.call('POST', 'files', { contentType: 'image/png', name: 'p.png', metadata: true, parentFileId: second }),
    ]);
    expect([200, 409]).toContain(moved?.status);
    expect([out?.status, copied?.status, picture?.status]).toEqual([201, 201, 201]);
    const { path } = (await ben?.call('GET', `folders/${place}`))?.body ?? {};
    for (const [id, end] of [
      [second, /\\bot \d+$/],
      [copied?.body.id, /\\copy$/],
      [picture?.body.id, /\\bot \d+Metadata\\p\.png$/],
    ] as const) {
      const item = await ben?.call('GET', `files/${id}`);
      expect(item?.body.path.startsWith(`${path}\\`), item?.body.path).toBe(true);
      expect(item?.body.path).toMatch(end);
    }
  }
});

test('A bot saved while it is checked out or deleted is saved before or not at all', async () => {
  for (let round = 0; round < 5; round++) {
    const id = await suite.file({ contentType: BOT });
    const [saved, out] = await Promise.all([
      ben?.call('PUT', `files/${id}/content`, bot('saved')),
      ada?.call('POST', `files/${id}/checkout`),
    ]);
    expect(out?.status).toBe(201);
    expect([200, 409]).toContain(saved?.status);
    const copy = await nodes(ada, out?.body.id);
    expect('comment' in copy).toBe(saved?.status === 200);

    const other = await suite.file();
    const [written, deleted] = await Promise.all([
      ben?.call('PUT', `files/${other}/content`, bot('saved')),
      ada?.call('DELETE', `files/${other}`),
    ]);
    expect(deleted?.status).toBe(204);
    expect([200, 404]).toContain(written?.status);
    expect((await ada?.call('GET', `files/${other}`))?.status).toBe(404);
  }
});
