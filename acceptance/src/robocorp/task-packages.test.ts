import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureOf } from '../../../apps/control-room/src/domain/workspaces/index.ts';
import { startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { zipOf } from '../../../packages/importers/test-support/zip.ts';
import { makeWorkspace, type TestWorkspace } from '../support/robocorp.ts';

let server: TestServer;
let workspace: TestWorkspace;
let other: TestWorkspace;
let key: string;

const READ = 'Tasks.read_task_packages';
const WRITE = 'Tasks.write_task_packages';

beforeAll(async () => {
  server = await startTestServer();
  workspace = await makeWorkspace(server, 'Finance');
  other = await makeWorkspace(server, 'Sales');
  key = await workspace.key(READ, WRITE);
});
afterAll(() => server.stop());

const call = (method: string, path: string, body?: unknown) => workspace.call(key, method, path, { body });

async function make(name: string) {
  const answer = await call('POST', '/task-packages', { name, type: 'zip' });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function robotZip(...tasks: string[]): Promise<Buffer> {
  const yaml = `tasks:\n${tasks.map((name) => `  ${name}:\n    shell: python -m robocorp.tasks run tasks.py\n`).join('')}artifactsDir: output\n`;
  return Buffer.from(
    await zipOf([
      ['robot.yaml', yaml],
      ['tasks.py', 'print("hello")'],
    ]),
  );
}

/** As clients send it: a form with the fields of the answer, then the file, without any credential. */
async function sendForm(url: string, fields: Record<string, string>, content: Buffer) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ 'unknown-field': 'x', ...fields })) form.set(name, value);
  form.set('file', new Blob([new Uint8Array(content)]), 'robot.zip');
  const answer = await fetch(url, { method: 'POST', body: form });
  return { status: answer.status, text: await answer.text() };
}

async function upload(id: string, content: Buffer) {
  const { url, form_data } = (await call('GET', `/task-packages/${id}/upload`)).body;
  return sendForm(url, form_data, content);
}

async function fetchBytes(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/zip');
  return Buffer.from(await answer.arrayBuffer());
}

const taskPackages = () => server.room.domain.taskPackages;
const inside = async () => (await server.room.domain.workspaces.find(workspace.id))?.id ?? 0;

describe('a task package', () => {
  it('is made empty, answered in the form of every snapshot, and holds what is uploaded', async () => {
    const made = await make('Invoices');
    expect(made).toEqual({
      id: expect.any(String),
      name: 'Invoices',
      type: 'zip',
      tasks: [],
      download: null,
      upload: { url: expect.any(String), form_data: {} },
    });
    const zip = await robotZip('Main', 'Clean up');
    expect((await sendForm(made.upload.url, made.upload.form_data, zip)).status).toBe(204);
    const read = (await call('GET', `/task-packages/${made.id}`)).body;
    expect(read).toMatchObject({ id: made.id, type: 'zip', tasks: [{ name: 'Main' }, { name: 'Clean up' }] });
    expect((await fetchBytes(read.download.url)).equals(zip)).toBe(true);
    const { url } = (await call('GET', `/task-packages/${made.id}/download`)).body;
    expect((await fetchBytes(url)).equals(zip)).toBe(true);
  });

  it('is made with its name alone, as two of the snapshots do', async () => {
    expect((await call('POST', '/task-packages', { name: 'By name' })).status).toBe(200);
    for (const body of [
      {},
      { name: '' },
      { name: ' ' },
      { name: 'x'.repeat(256) },
      { name: 'x', type: 'tar' },
      '3',
      [],
    ]) {
      expect((await call('POST', '/task-packages', body)).status).toBe(400);
    }
  });

  it('has nothing to be downloaded before something was uploaded', async () => {
    const { id } = await make('Empty');
    expect((await call('GET', `/task-packages/${id}/download`)).status).toBe(404);
    expect(await taskPackages().forRun(await inside(), id)).toBeUndefined();
  });

  it('shows where to upload only to those who may', async () => {
    const { id } = await make('Guarded');
    const reader = await workspace.key(READ);
    expect((await workspace.call(reader, 'GET', `/task-packages/${id}`)).body).not.toHaveProperty('upload');
    expect((await workspace.call(reader, 'GET', `/task-packages/${id}/upload`)).status).toBe(403);
    expect((await workspace.call(reader, 'DELETE', `/task-packages/${id}`)).status).toBe(403);
    const writer = await workspace.key(WRITE);
    expect((await workspace.call(writer, 'GET', `/task-packages/${id}`)).status).toBe(403);
    const stranger = await other.key(READ, WRITE);
    expect((await workspace.call(stranger, 'GET', `/task-packages/${id}`)).status).toBe(403);
    for (const path of ['', '/upload', '/download']) {
      expect((await other.call(stranger, 'GET', `/task-packages/${id}${path}`)).status).toBe(404);
    }
    expect((await other.call(stranger, 'DELETE', `/task-packages/${id}`)).status).toBe(404);
  });

  it.each(['none', '0', '%00', '019dffff-0000-7000-8000-000000000000'])('"%s" is not there', async (id) => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/upload'],
      ['GET', '/download'],
      ['DELETE', ''],
    ]) {
      expect([400, 404]).toContain((await call(method ?? '', `/task-packages/${id}${path}`)).status);
    }
  });
});

describe('what is no robot', () => {
  it.each([
    ['a text', async () => Buffer.from('not a zip')],
    ['nothing', async () => Buffer.alloc(0)],
    ['a zip without robot.yaml', async () => Buffer.from(await zipOf([['main.py', '']]))],
    ['a robot without tasks', async () => Buffer.from(await zipOf([['robot.yaml', 'tasks: {}']]))],
    [
      'one that climbs out',
      async () =>
        Buffer.from(
          await zipOf([
            ['robot.yaml', 'x'],
            ['../../etc/passwd', ''],
          ]),
        ),
    ],
  ])('is refused, and replaces nothing: %s', async (_what, content) => {
    const { id } = await make('Careful');
    expect((await upload(id, await robotZip('Good'))).status).toBe(204);
    const refused = await upload(id, await content());
    expect(refused.status, refused.text).toBe(400);
    expect(JSON.parse(refused.text)).toMatchObject({ message: expect.any(String) });
    expect((await call('GET', `/task-packages/${id}`)).body.tasks).toEqual([{ name: 'Good' }]);
  });
});

describe('a new version', () => {
  it('is for runs that begin after it; those under way keep theirs', async () => {
    const { id } = await make('Versioned');
    const [one, two] = [await robotZip('One'), await robotZip('Two')];
    await upload(id, one);
    const begun = await taskPackages().forRun(await inside(), id);
    const { url } = (await call('GET', `/task-packages/${id}/download`)).body;
    await upload(id, two);
    expect(await taskPackages().forRun(await inside(), id)).toMatchObject({ id, name: 'Versioned', tasks: ['Two'] });
    expect((await taskPackages().content(begun?.sha256 ?? Buffer.alloc(0))).equals(one)).toBe(true);
    expect((await fetchBytes(url)).equals(one)).toBe(true);
  });

  it('is none when the same is sent again, as after a lost answer', async () => {
    const { id } = await make('Twice');
    const zip = await robotZip('Main');
    await upload(id, zip);
    await upload(id, zip);
    const list = (await workspace.extension('GET', '/task-packages')).body.list;
    expect(list.find((one: { id: string }) => one.id === id)).toMatchObject({
      number: 1,
      tasks: ['Main'],
      size: zip.length,
    });
    await upload(id, await robotZip('Other'));
    await upload(id, zip);
    const after = (await workspace.extension('GET', '/task-packages')).body.list;
    expect(after.find((one: { id: string }) => one.id === id)).toMatchObject({ number: 3, tasks: ['Main'] });
  });

  it('of several at once leaves the whole of one', async () => {
    const { id } = await make('Contended');
    const zips = await Promise.all(['A', 'B', 'C', 'D'].map((name) => robotZip(name)));
    const statuses = await Promise.all(zips.map((zip) => upload(id, zip)));
    expect(statuses.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    const { tasks, download } = (await call('GET', `/task-packages/${id}`)).body;
    const content = await fetchBytes(download.url);
    expect(zips.findIndex((zip) => zip.equals(content))).toBe(['A', 'B', 'C', 'D'].indexOf(tasks[0].name));
  });
});

describe('deleting a task package', () => {
  it('ends its addresses', async () => {
    const made = await make('Short lived');
    await upload(made.id, await robotZip('Main'));
    const { download } = (await call('GET', `/task-packages/${made.id}`)).body;
    expect((await call('DELETE', `/task-packages/${made.id}`)).body).toEqual({ id: made.id, deleted: true });
    expect((await fetch(download.url)).status).toBe(404);
    expect((await sendForm(made.upload.url, {}, await robotZip('Main'))).status).toBe(404);
    expect((await call('DELETE', `/task-packages/${made.id}`)).status).toBe(404);
  });

  it('is refused while something uses it, by name', async () => {
    const { id } = await make('In use');
    taskPackages().nameUsers(async (_tx, packageId) => (packageId === id ? ['the process "Close the month"'] : []));
    const refused = await call('DELETE', `/task-packages/${id}`);
    expect(refused.status).toBe(409);
    expect(refused.body.error).toEqual({ code: 'CONFLICT', message: expect.stringContaining('Close the month') });
    expect((await call('GET', `/task-packages/${id}`)).status).toBe(200);
  });
});

describe('the upload action of before', () => {
  it('asks for a form and sends the zip there', async () => {
    const { id } = await make('By action');
    const answer = await server.call('GET', `/robot-v2/workspaces/${workspace.id}/robots/${id}/file/uploadlink`, {
      headers: { authorization: `RC-WSKEY ${key}` },
    });
    expect(answer.body).toEqual({ url: expect.any(String), fields: {} });
    expect((await sendForm(answer.body.url, answer.body.fields, await robotZip('Main'))).status).toBe(204);
    expect((await call('GET', `/task-packages/${id}`)).body.tasks).toEqual([{ name: 'Main' }]);
  });

  it('is refused in its own words', async () => {
    const answer = await server.call('GET', `/robot-v2/workspaces/${workspace.id}/robots/none/file/uploadlink`, {
      headers: { authorization: `RC-WSKEY ${key}` },
    });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({ error: { code: 'NOT_FOUND', subCode: '', message: expect.any(String) } });
  });
});

describe('a tool', () => {
  async function toolToken(grants: readonly ('Tool.read_robots' | 'Tool.write_robots')[]): Promise<string> {
    const { credential } = (
      await server.call('POST', '/signalbox/v1/access-credentials', { token: server.admin, body: { name: 'rcc' } })
    ).body;
    const [identifier, secret] = credential.split(':');
    const call = { method: 'GET', path: '/x', timestamp: String(Math.floor(Date.now() / 1000)), body: '{}' };
    const { workspaces } = server.room.domain;
    const signed = await workspaces.credentials.verify(identifier, signatureOf(secret, call), call);
    const name = await workspaces.find(workspace.id);
    if (!name) throw new Error('The workspace is gone.');
    return (await workspaces.toolTokens.issue(signed, { workspace: name, grants, seconds: 900 })).token;
  }

  const asTool = (token: string, method: string, path: string, where = workspace, body?: unknown) =>
    server.call(method, `/robot-v1/workspaces/${where.id}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      body,
    });

  it('makes a robot, puts its zip and fetches it', async () => {
    const token = await toolToken(['Tool.read_robots', 'Tool.write_robots']);
    const made = await asTool(token, 'POST', '/robots', workspace, { name: 'From the shell' });
    expect(made.body).toEqual({ id: expect.any(String), name: 'From the shell' });
    const { id } = made.body;
    expect((await asTool(token, 'GET', `/robots/${id}/file/downloadlink`)).status).toBe(404);
    const zip = await robotZip('Main');
    const { uri } = (await asTool(token, 'GET', `/robots/${id}/file/uploadlink`)).body;
    const put = await fetch(uri, { method: 'PUT', body: new Uint8Array(zip) });
    expect(put.status).toBe(200);
    const { uri: where } = (await asTool(token, 'GET', `/robots/${id}/file/downloadlink`)).body;
    expect((await fetchBytes(where)).equals(zip)).toBe(true);
  });

  it('does no more than its token says, and in no other workspace', async () => {
    const { id } = await make('Not for tools');
    const reader = await toolToken(['Tool.read_robots']);
    expect((await asTool(reader, 'POST', '/robots', workspace, { name: 'x' })).status).toBe(403);
    expect((await asTool(reader, 'GET', `/robots/${id}/file/uploadlink`)).status).toBe(403);
    expect((await asTool(reader, 'GET', `/robots/${id}/file/downloadlink`, other)).status).toBe(403);
    expect((await asTool(key, 'GET', `/robots/${id}/file/downloadlink`)).status).toBe(403);
    expect((await asTool('none', 'GET', `/robots/${id}/file/downloadlink`)).status).toBe(403);
  });
});

describe('the record', () => {
  it('names whoever asked for the address to which a version was sent', async () => {
    const { id } = await make('Recorded');
    await upload(id, await robotZip('Main'));
    const [row] = await server.database.database.all(
      sql<{ type: string; name: string }>`select actor_type as type, actor_name as name from audit_entry
        where action = 'taskPackage.upload' and subject_id = ${id}`,
    );
    expect(row).toMatchObject({ type: 'key', name: expect.stringMatching(/^key/) });
  });

  it('of a version that was replaced long ago ends, and of the present one does not', async () => {
    const { id } = await make('Old');
    const [one, two] = [await robotZip('One'), await robotZip('Two')];
    await upload(id, one);
    await upload(id, two);
    await server.advance({ hours: 24 * 31 });
    await taskPackages().sweep();
    const rows = await server.database.database.all(
      sql<{ number: number }>`select number from task_package_version where package_id = ${id}`,
    );
    expect(rows).toEqual([{ number: 2 }]);
    expect(await taskPackages().forRun(await inside(), id)).toMatchObject({ tasks: ['Two'] });
  });
});
