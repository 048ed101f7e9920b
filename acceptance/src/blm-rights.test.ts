import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { BLM, type BlmSuite, blmSuite, manifestOf, zipOf } from './support/blm.ts';
import {
  BOT,
  botThatCalls,
  MAY,
  type Person,
  type RepositorySuite,
  repositorySuite,
  WRITER,
} from './support/repository.ts';

/** Who may export and import what (contract a §7.1, §7.4). */
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
const MOVER = [...WRITER, BLM.export, BLM.import];

let names = 0;
const person = (permissions: readonly number[] = MOVER): Promise<Person> =>
  repository.person(`mover ${++names}`, permissions);

/** What a role may do in a folder; nothing elsewhere. */
async function restrict(who: Person, folderId: string, rights: readonly string[]): Promise<void> {
  const answer = await repository.admin.call('PUT', `role/${who.roleId}/permissions`, {
    folders: [{ folderId, rights }],
  });
  if (answer.status >= 300) throw new Error(answer.text);
}

const archive = (...paths: readonly string[]): Promise<Buffer> =>
  zipOf([
    ['manifest.json', manifestOf(paths.map((path) => ({ path: `${ROOT}\\${path}` })))],
    ...paths.map((path) => [`${ROOT}\\${path}`.replaceAll('\\', '/'), EMPTY] as const),
  ]);

describe('An export', () => {
  it('of a file that is not there, or that the caller may not see, is refused at once with 404', async () => {
    const { admin, folder, file } = repository;
    const [open, hidden] = [await folder(), await folder()];
    const bot = await file({ parentFolderId: hidden });
    const who = await person();
    await restrict(who, open, ['viewContent']);
    expect(await blm.order(who, { name: 'e', fileIds: [bot] })).toMatchObject({ status: 404 });
    expect(await blm.order(who, { name: 'e', fileIds: [99_999_999] })).toMatchObject({ status: 404 });
    expect(await blm.order(admin, { name: 'e', fileIds: [bot] })).toMatchObject({ status: 202 });
    const other = await person();
    const mine = await file({ who: other, parentFolderId: await privateFolder(other) });
    expect(await blm.order(who, { name: 'e', fileIds: [mine] })).toMatchObject({ status: 404 });
    expect(await blm.order(other, { name: 'e', fileIds: [mine] })).toMatchObject({ status: 202 });
  });

  it('leaves out what the bot needs and the caller may not see, and says so as of what is not there', async () => {
    const { folder, file, admin } = repository;
    const [open, hidden] = [await folder('open'), await folder('hidden')];
    const secret = await file({
      name: 'Secret',
      parentFolderId: hidden,
      content: '{"nodes":[],"variables":[],"x":"treasure"}',
    });
    const parent = await file({
      name: 'Caller',
      parentFolderId: open,
      content: botThatCalls(`${ROOT}\\hidden\\Secret`, `${ROOT}\\hidden\\Nothing`),
    });
    const alsoSecret = await file({ name: 'Also secret', parentFolderId: hidden });
    await admin.call('PUT', `files/${parent}/dependencies`, { childFileIds: [secret, alsoSecret] });
    const who = await person();
    await restrict(who, open, ['viewContent']);
    const { entries, manifest, notices } = await blm.export(who, [parent]);
    expect([...entries.keys()].sort()).toEqual(['Automation Anywhere/Bots/open/Caller', 'manifest.json']);
    expect(manifest.files[0]).toMatchObject({ manualDependencies: [], scannedDependencies: [] });
    expect(notices.filter((notice) => /hidden\\(secret|nothing), which/.test(notice))).toHaveLength(2);
    // What stands in no file that he may read he is not told.
    expect(JSON.stringify([manifest, notices]).toLowerCase()).not.toContain('also secret');
    expect([...entries.values()].join('')).not.toContain('treasure');
    expect((await blm.export(admin, [parent])).entries.size).toBe(4);
  });

  it('takes the permissions for it, and one more for packages', async () => {
    const bot = await repository.file();
    const none = await person(WRITER);
    expect(await blm.order(none, { name: 'e', fileIds: [bot] })).toMatchObject({ status: 403 });
    const who = await person();
    expect(await blm.order(who, { name: 'e', fileIds: [bot], includePackages: 'True' })).toMatchObject({ status: 403 });
    const more = await person([...MOVER, BLM.viewPackages]);
    expect(await blm.order(more, { name: 'e', fileIds: [bot], includePackages: 'True' })).toMatchObject({
      status: 202,
    });
  });

  it('is seen and downloaded by whoever ordered it and by administrators, and by nobody else', async () => {
    const [who, other] = [await person(), await person()];
    const { requestId } = (await blm.order(who, { name: 'e', fileIds: [await repository.file()] })).body;
    await blm.ended(who, requestId);
    for (const path of [`status/${requestId}`, `status/${requestId}/timeout/1`, `download/${requestId}`])
      expect(await blm.get(other, path), path).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await blm.get(repository.admin, `status/${requestId}`)).toMatchObject({ status: 200 });
    expect((await blm.download(repository.admin, requestId)).length).toBeGreaterThan(100);
    expect(await blm.get(who, 'status/no-id-at-all')).toMatchObject({ status: 404 });
  });

  it('is no longer given to whoever lost the right to it', async () => {
    const who = await person();
    const { requestId } = (await blm.order(who, { name: 'e', fileIds: [await repository.file()] })).body;
    await blm.ended(who, requestId);
    const role = await server.call('GET', `/v1/usermanagement/roles/${who.roleId}`, { token: server.admin });
    const changed = await server.call('PUT', `/v1/usermanagement/roles/${who.roleId}`, {
      token: server.admin,
      body: { ...role.body, permissions: [{ id: MAY.view }] },
    });
    expect(changed.status, changed.text).toBe(200);
    expect(await blm.get(who, `download/${requestId}`)).toMatchObject({ status: 403 });
  });
});

describe('An import', () => {
  it('makes folders for whoever may make them, and fails for others', async () => {
    const may = await person();
    const mayNot = await person(MOVER.filter((id) => id !== MAY.createFolders && id !== MAY.renameFolders));
    const bytes = await archive('New folder\\Bot');
    expect(await blm.import(mayNot, bytes)).toMatchObject({
      status: 'FAILED',
      errorMessage: expect.stringMatching(/may not make folders/),
    });
    expect(await blm.import(may, bytes)).toMatchObject({ status: 'COMPLETED' });
  });

  it('takes the right to check in on the folder', async () => {
    const id = await repository.folder('Theirs');
    const who = await person();
    await restrict(who, id, ['viewContent', 'checkOut', 'run']);
    expect(await blm.import(who, await archive('Theirs\\Bot'))).toMatchObject({ status: 'FAILED' });
    await restrict(who, id, ['checkIn', 'checkOut']);
    expect(await blm.import(who, await archive('Theirs\\Bot'))).toMatchObject({ status: 'COMPLETED' });
  });

  it('takes the right to check out where a file is overwritten, and not where it is left', async () => {
    const id = await repository.folder('Half');
    const bot = await repository.file({
      name: 'Bot',
      parentFolderId: id,
      content: '{"nodes":[],"variables":[],"x":"old"}',
    });
    const who = await person();
    await restrict(who, id, ['checkIn']);
    const bytes = await archive('Half\\Bot');
    expect(await blm.import(who, bytes)).toMatchObject({
      status: 'FAILED',
      errorMessage: expect.stringMatching(/checkOut/),
    });
    expect((await repository.admin.call('GET', `files/${bot}/content`)).text).toContain('old');
    expect(await blm.import(who, bytes, { actionIfExisting: 'SKIP' })).toMatchObject({ status: 'COMPLETED' });
    await restrict(who, id, ['checkIn', 'checkOut']);
    expect(await blm.import(who, bytes)).toMatchObject({ status: 'COMPLETED' });
  });

  it('fails over a file that somebody has checked out, and passes by it with SKIP', async () => {
    const { admin, file, folder } = repository;
    const id = await folder('Shared');
    const bot = await file({ name: 'Taken', parentFolderId: id });
    const owner = await person();
    expect((await owner.call('POST', `files/${bot}/checkout`, {})).status).toBeLessThan(300);
    const bytes = await archive('Shared\\Fresh', 'Shared\\Taken');
    expect(await blm.import(admin, bytes)).toMatchObject({
      status: 'FAILED',
      errorMessage: expect.stringMatching(/checked out by/),
    });
    expect(
      await admin.call('POST', 'workspaces/public/files/bypath', { path: `${ROOT}\\Shared\\Fresh` }),
    ).toMatchObject({ status: 404 });
    expect(await blm.import(admin, bytes, { actionIfExisting: 'SKIP' })).toMatchObject({ status: 'COMPLETED' });
    expect(
      await admin.call('POST', 'workspaces/public/files/bypath', { path: `${ROOT}\\Shared\\Fresh` }),
    ).toMatchObject({ status: 200 });
  });

  it('goes to the private workspace of whoever has the licence for one', async () => {
    const who = await person();
    const bytes = await archive('Mine\\Bot');
    expect(await blm.import(who, bytes, { publicWorkspace: 'false' })).toMatchObject({ status: 'COMPLETED' });
    const { list } = (await who.call('POST', 'workspaces/private/files/list', {})).body;
    expect(list.map(({ path }: { path: string }) => path)).toContain(`${ROOT}\\Mine\\Bot`);
    const without = await server.user(MOVER);
    expect(await blm.upload(without, bytes, { publicWorkspace: 'False' })).toMatchObject({ status: 403 });
    expect(await blm.import(without, bytes, { publicWorkspace: 'True' })).toMatchObject({ status: 'COMPLETED' });
  });

  it('brings packages for whoever may manage them', async () => {
    const jar = await zipOf([['package.json', '{"name":"Folder","packageVersion":"6.8.0"}']]);
    const bytes = await zipOf([
      ['manifest.json', manifestOf([], [{ name: 'Folder', version: '6.8.0', path: 'bot-command-folder-6.8.0.jar' }])],
      ['bot-command-folder-6.8.0.jar', jar],
    ]);
    expect(await blm.import(await person(), bytes)).toMatchObject({
      status: 'FAILED',
      errorMessage: expect.stringMatching(/packagemanager.manage/),
    });
    expect(await blm.import(await person([...MOVER, BLM.viewPackages, BLM.managePackages]), bytes)).toMatchObject({
      status: 'COMPLETED',
    });
  });

  it('takes the permission to import, and the one to write', async () => {
    const bytes = await archive('Denied\\Bot');
    expect(await blm.upload(await person(WRITER), bytes)).toMatchObject({ status: 403 });
    expect(await blm.upload(await person([MAY.view, BLM.import]), bytes)).toMatchObject({ status: 403 });
  });
});

async function privateFolder(who: Person): Promise<string> {
  const { list } = (await who.call('POST', 'workspaces/private/files/list', {})).body;
  const found = list.find(({ path }: { path: string }) => path === ROOT);
  if (!found) throw new Error(`${BOT}: the private workspace has no folder ${ROOT}.`);
  return found.id;
}
