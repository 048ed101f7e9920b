import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { type BlmSuite, blmSuite } from './support/blm.ts';
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

describe('An export', () => {
  it('holds what the bot needs, byte for byte, under its path without an extension', async () => {
    const { admin, file, folder } = repository;
    const parentFolderId = await folder('Finance');
    const content = '{ "nodes": [],\n "variables": [], "odd": "é" }';
    const child = await file({ name: 'Child', parentFolderId, content });
    const parent = await file({
      name: 'Parent',
      parentFolderId,
      content: botThatCalls(`${ROOT}\\Finance\\Child`),
    });
    const { entries, manifest } = await blm.export(admin, [parent]);
    expect([...entries.keys()].sort()).toEqual([
      'Automation Anywhere/Bots/Finance/Child',
      'Automation Anywhere/Bots/Finance/Parent',
      'manifest.json',
    ]);
    expect(entries.get('Automation Anywhere/Bots/Finance/Child')?.toString()).toBe(content);
    expect(manifest.files[0]).toEqual({
      path: `${ROOT}\\Finance\\Parent`,
      newPath: null,
      contentType: 'application/vnd.aa.taskbot',
      metadataForFile: null,
      manualDependencies: [],
      scannedDependencies: [`${ROOT}\\Finance\\Child`],
      manualDependenciesNewPaths: [],
      scannedDependenciesNewPaths: [],
      excluded: false,
      description: '',
      author: 'admin',
      tags: [],
    });
    expect(manifest.packages).toEqual([]);
    expect(child).not.toBe(parent);
  });

  it('says how far it is with exactly six keys, in their order', async () => {
    const { admin, file } = repository;
    const answer = await blm.order(admin, { name: 'nightly', fileIds: [await file()] });
    expect(answer.status).toBe(202);
    const { requestId } = answer.body;
    await blm.ended(admin, requestId);
    expect(Object.entries((await blm.get(admin, `status/${requestId}`)).body)).toEqual([
      ['requestId', requestId],
      ['type', 'EXPORT'],
      ['status', 'COMPLETED'],
      ['downloadFileName', 'nightly'],
      ['downloadFileId', requestId],
      ['errorMessage', ''],
    ]);
  });
});

describe('An import', () => {
  it('brings back what an export took, to where it was', async () => {
    const { admin, file } = repository;
    const id = await file({ name: 'There and back', content: { nodes: [], variables: [] } });
    const ordered = await blm.order(admin, { name: 'e', fileIds: [id], archivePassword: 'K7rt_92x' });
    const { downloadFileId } = await blm.ended(admin, ordered.body.requestId);
    const bytes = await blm.download(admin, downloadFileId);
    await admin.call('DELETE', `files/${id}`);
    expect(await blm.import(admin, bytes, { archivePassword: 'K7rt_92x' })).toMatchObject({
      status: 'COMPLETED',
      errorMessage: '',
    });
    const found = await admin.call('POST', 'workspaces/public/files/bypath', { path: `${ROOT}\\There and back` });
    expect(found.status).toBe(200);
  });
});
