import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { MAY, type Person, type RepositorySuite, repositorySuite } from './support/repository.ts';

let server: TestServer;
let suite: RepositorySuite;
let writer: Person;
beforeAll(async () => {
  server = await startTestServer();
  suite = repositorySuite(server);
  writer = await suite.person('writer');
});
afterAll(() => server?.stop());

const packages = (method: string, path: string, body?: unknown, version = 'v2', token = writer.token) =>
  server.call(method, `/${version}/packages/${path}`, { token, body });
const botWith = (...named: readonly object[]) => ({ nodes: [], variables: [], packages: named });
const byName = (value: string) => ({ filter: { operator: 'eq', field: 'name', value } });

describe('The catalogue', () => {
  test('is what this server offers, and every version that a bot names', async () => {
    await suite.file({
      content: botWith({ name: 'SAP Bridge', version: '7.2.1' }, { name: 'String', version: '1.0' }),
    });
    const standard = await packages('POST', 'package/list', {
      filter: { operator: 'eq', field: 'status', value: 'DEFAULT' },
      page: { offset: 0, length: 1000 },
    });
    expect(standard.status).toBe(200);
    expect(standard.body.page.totalFilter).toBeGreaterThan(30);
    const versions = new Set(standard.body.list.map((one: { packageVersion: string }) => one.packageVersion));
    expect(versions.size).toBe(1);
    const strings = await packages('POST', 'package/version/list', byName('String'));
    expect(strings.body.list.map((one: { status: string }) => one.status).sort()).toEqual(['DEFAULT', 'ENABLED']);
    const unknown = await packages('POST', 'package/list', {
      filter: { operator: 'substring', field: 'label', value: 'sap b' },
    });
    expect(unknown.body.list).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        name: 'SAP Bridge',
        label: 'SAP Bridge',
        packageVersion: '7.2.1',
        status: 'DISABLED',
        description: '',
        pkgDownloadUrl: '',
        createdOn: expect.any(String),
        updatedOn: expect.any(String),
      },
    ]);
    const wrapped = { filterRequest: { ...byName('String'), fields: [] }, includeDownloadUrls: true };
    expect((await packages('POST', 'package/list', wrapped, 'v3')).body.page.totalFilter).toBe(2);
  });

  test('says what a package can do', async () => {
    const [{ id }] = (await packages('POST', 'package/version/list', byName('String'))).body.list;
    const { body } = await packages('GET', `package/version/${id}`);
    expect(body).toMatchObject({ package: { id, name: 'String' }, metaInfo: { name: 'String' }, pkgDownloadUrl: '' });
    expect(body.metaInfo.commands.length).toBeGreaterThan(5);
    expect(body.metaInfo.commands[0]).toMatchObject({ name: expect.any(String), attributes: expect.any(Array) });
    expect((await packages('GET', 'package/version/987654')).status).toBe(404);
  });

  test('is open to whoever sees the repository or packages, and to nobody else', async () => {
    const [viewer, other] = [await suite.person('viewer', [100040]), await suite.person('other', [30])];
    expect((await packages('POST', 'package/list', {}, 'v2', viewer.token)).status).toBe(200);
    expect((await packages('POST', 'package/list', {}, 'v2', other.token)).status).toBe(403);
  });
});

describe('The usage of a package', () => {
  const usage = async (name: string, body: unknown = {}, who = writer) =>
    (await packages('POST', `${encodeURIComponent(name)}/versions/usage`, body, 'v2', who.token)).body;

  test('follows what the newest version of each bot names, as far as the caller sees the bot', async () => {
    const id = await suite.file({ name: 'User', content: botWith({ name: 'Json 2', version: '3.1' }) });
    expect((await usage('Json 2')).list).toEqual([
      {
        id,
        packageStatus: 'DISABLED',
        packageVersion: '3.1',
        automationName: 'User',
        automationType: 'application/vnd.aa.taskbot',
        automationPath: 'Automation Anywhere\\Bots\\User',
        updatedOn: expect.any(String),
        updatedBy: '1',
        defaultVersion: '',
      },
    ]);
    const filter = { filter: { operator: 'eq', field: 'packageVersion', value: '3.2' } };
    expect(await usage('Json 2', filter)).toMatchObject({ list: [], page: { total: 1, totalFilter: 0 } });
    await writer.call('PUT', `files/${id}/content`, botWith({ name: 'Json 2', version: '3.2' }));
    expect((await usage('Json 2', filter)).list).toMatchObject([{ id, packageVersion: '3.2' }]);
    const { folderId } = (await writer.call('GET', 'workspace/defaults')).body.private;
    await suite.file({ who: writer, parentFolderId: folderId, content: botWith({ name: 'Json 2', version: '9' }) });
    expect((await usage('Json 2')).page.total).toBe(2);
    expect((await usage('Json 2', {}, await suite.person('second'))).page.total).toBe(1);
    await writer.call('DELETE', `files/${id}`);
    expect((await usage('Json 2')).page.total).toBe(1);
  });

  test('changes with an update of versions inside bots, which keeps everything else as it was', async () => {
    const text = '{"nodes":[],"variables":[],"big":1e400,"packages":[{"name":"Prompt","version":"2.0.0"}]}';
    const id = await suite.file({ name: 'Old', content: text });
    const newer = await suite.file({ content: botWith({ name: 'Prompt', version: '2.10.0-20240101-120000' }) });
    const body = {
      name: 'Update',
      description: 'Prompt',
      package_info: [{ name: 'Prompt', version: '2.9.1' }],
      file_ids: [Number(id), newer],
      downgrade_version: false,
    };
    const answer = await writer.call('POST', 'files/packagesVersionUpdate', body);
    expect(answer.status).toBe(202);
    expect(answer.body.files).toMatchObject([{ id, latestVersion: '3' }]);
    const content = await writer.call('GET', `files/${id}/content`);
    expect(content.text).toBe(text.replace('2.0.0', '2.9.1'));
    const down = await writer.call('POST', 'files/packagesVersionUpdate', { ...body, downgrade_version: 'true' });
    expect(down.body.files).toMatchObject([{ id: newer }]);
    expect((await usage('Prompt')).list.map((one: { packageVersion: string }) => one.packageVersion)).toEqual([
      '2.9.1',
      '2.9.1',
    ]);
    const reader = await suite.person('looker', [MAY.view]);
    expect((await reader.call('POST', 'files/packagesVersionUpdate', body)).status).toBe(403);
    expect((await writer.call('POST', 'files/packagesVersionUpdate', { ...body, package_info: 7 })).status).toBe(400);
    expect((await writer.call('POST', 'files/packagesVersionUpdate', { ...body, file_ids: ['2'] })).status).toBe(400);
  });
});
