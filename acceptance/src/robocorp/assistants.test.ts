import { constants, createDecipheriv, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { makePackage } from '../support/processes-by-hand.ts';
import { makeWorkspace, type TestWorkspace } from '../support/robocorp.ts';
import { type Tool, toolOf } from '../support/tool.ts';

let server: TestServer;
let workspace: TestWorkspace;
let other: TestWorkspace;
let key: string;
let robot: string;
let tool: Tool;
let token: string;

const READ = 'Assistants.read_assistants';
const WRITE = 'Assistants.write_assistants';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const PEM = publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();

beforeAll(async () => {
  server = await startTestServer();
  workspace = await makeWorkspace(server, 'Finance');
  other = await makeWorkspace(server, 'Sales');
  key = await workspace.key(READ, WRITE);
  robot = await makePackage(server, workspace, await workspace.key('Tasks.write_task_packages'));
  tool = await toolOf(server, server.admin);
  token = await tool.token('run/assistant', workspace.id);
});
afterAll(() => server.stop());

const call = (method: string, path: string, body?: unknown) => workspace.call(key, method, path, { body });

async function make(name: string, task = 'Main') {
  const answer = await call('POST', '/assistants', { name, task: { name: task, package_id: robot } });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

/** As the tool on somebody's computer calls. */
const asTool = (method: string, path: string, body?: unknown, with_ = token, where = workspace) =>
  server.call(method, `/assistant-v1/workspaces/${where.id}/assistants${path}`, {
    headers: { authorization: `RC_WST ${with_}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });

const encryption = { scheme: 'rc-encryption-v1', publicKey: PEM };

/** What only the holder of the key can read, opened with nothing of the server's own. */
function open(answer: {
  readonly encryption: { readonly iv: string; readonly atag: string; readonly encryptedAESKey: string };
  readonly payload: string;
}) {
  const { iv, atag, encryptedAESKey } = answer.encryption;
  const decoded = (text: string) => Buffer.from(text, 'base64');
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const secret = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, decoded(encryptedAESKey));
  expect(decoded(iv)).toHaveLength(12);
  const decipher = createDecipheriv('aes-256-gcm', secret, decoded(iv));
  decipher.setAuthTag(decoded(atag));
  return JSON.parse(Buffer.concat([decipher.update(decoded(answer.payload)), decipher.final()]).toString());
}

async function start(assistantId: string) {
  const answer = await asTool('POST', `/${assistantId}/runs`, { encryption });
  expect(answer.status, answer.text).toBe(200);
  return open(answer.body);
}

const runOf = async (id: string) => (await call('GET', `/assistant-runs/${id}`)).body;

describe('an assistant', () => {
  it('is made of a task, read and listed', async () => {
    const made = await make('Helper', ' main ');
    expect(made).toEqual({ id: expect.any(String), name: 'Helper' });
    const shown = {
      id: made.id,
      name: 'Helper',
      task: { package_id: robot, name: 'Main' },
      created_at: expect.stringMatching(/Z$/),
    };
    expect((await call('GET', `/assistants/${made.id}`)).body).toEqual(shown);
    expect((await call('GET', '/assistants')).body).toMatchObject({ next: null, has_more: false, data: [shown] });
  });

  it('is refused without its name, its package or its task', async () => {
    await make('Taken');
    const task = { name: 'Main', package_id: robot };
    const statusOf = async (body: unknown) => (await call('POST', '/assistants', body)).status;
    expect(await statusOf({ name: 'taken', task })).toBe(409);
    expect(await statusOf({ name: 'a', task: { ...task, name: 'None' } })).toBe(400);
    expect(await statusOf({ name: 'a', task: { ...task, package_id: 'none' } })).toBe(404);
    for (const body of [
      {},
      { name: 'a' },
      { name: ' ', task },
      { name: 'x'.repeat(256), task },
      { name: 'a', task: {} },
    ]) {
      expect(await statusOf(body)).toBe(400);
    }
  });

  it('keeps its task package from being deleted, and lets go of it', async () => {
    const writer = await workspace.key('Tasks.write_task_packages');
    const own = await makePackage(server, workspace, writer);
    const made = await call('POST', '/assistants', { name: 'Holder', task: { name: 'Main', package_id: own } });
    const refused = await workspace.call(writer, 'DELETE', `/task-packages/${own}`);
    expect(refused.status).toBe(409);
    expect(refused.body.error.message).toContain('the assistant "Holder"');
    expect((await workspace.extension('DELETE', `/assistants/${made.body.id}`)).status).toBe(204);
    expect((await workspace.call(writer, 'DELETE', `/task-packages/${own}`)).status).toBe(200);
  });

  it('is there for keys of its workspace that may', async () => {
    const { id } = await make('Guarded');
    const [reader, writer, stranger] = [
      await workspace.key(READ),
      await workspace.key(WRITE),
      await other.key(READ, WRITE),
    ];
    expect((await workspace.call(reader, 'POST', '/assistants', { body: {} })).status).toBe(403);
    expect((await workspace.call(writer, 'GET', '/assistants')).status).toBe(403);
    expect((await workspace.call(stranger, 'GET', `/assistants/${id}`)).status).toBe(403);
    expect((await other.call(stranger, 'GET', `/assistants/${id}`)).status).toBe(404);
    expect((await other.call(stranger, 'GET', `/assistants/${id}/assistant-runs`)).status).toBe(404);
    const mine = { name: 'a', task: { name: 'Main', package_id: robot } };
    expect((await other.call(stranger, 'POST', '/assistants', { body: mine })).status).toBe(404);
    for (const none of ['none', '0', '%00']) {
      expect([400, 404]).toContain((await call('GET', `/assistants/${none}`)).status);
      expect([400, 404]).toContain((await call('GET', `/assistant-runs/${none}`)).status);
    }
  });
});

describe('a run by a tool', () => {
  it('is begun with what only the tool can read, goes on, and ends', async () => {
    const { id, name } = await make('Runs');
    expect((await asTool('GET', '')).body).toContainEqual({ id, name, taskName: 'Main' });
    const sent = await asTool('POST', `/${id}/runs`, { encryption });
    const run = open(sent.body);
    expect(run).toEqual({
      id: expect.any(String),
      config: {
        environment: {
          RC_WORKSPACE_ID: workspace.id,
          RC_API_SECRET_HOST: server.url,
          RC_API_SECRET_TOKEN: expect.any(String),
          RC_API_URL_V1: `${server.url}/v1/`,
          RC_API_TOKEN_V1: expect.any(String),
        },
        artifactPostURL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/assistant-v1\/artifacts\//),
      },
      robot: { id: robot, task: 'Main', sha256: expect.stringMatching(/^[\da-f]{64}$/) },
    });
    expect(sent.text).not.toContain(run.id);
    expect(await runOf(run.id)).toEqual({
      id: run.id,
      state: 'in_progress',
      error: null,
      started_at: expect.any(String),
      ended_at: null,
      duration: null,
      assistant: { id, name },
    });
    expect((await asTool('POST', `/${id}/runs/${run.id}/heartbeat`, { seq: 1 })).status).toBe(200);
    const done = () => asTool('PUT', `/${id}/runs/${run.id}/complete`, { result: 'OK', error: 'PASS' });
    // The answer may be lost: the same again is as good.
    expect([(await done()).status, (await done()).status]).toEqual([200, 200]);
    expect(await runOf(run.id)).toMatchObject({
      state: 'completed',
      error: null,
      ended_at: expect.any(String),
      duration: expect.any(Number),
    });
    const otherwise = await asTool('PUT', `/${id}/runs/${run.id}/complete`, { result: 'ERROR', error: 'X' });
    expect(otherwise.status).toBe(409);
    expect((await asTool('POST', `/${id}/runs/${run.id}/heartbeat`, {})).status).toBe(409);
  });

  it('fetches the robot with a token for that, by the digest that it was told', async () => {
    const run = await start((await make('Fetches')).id);
    const reading = await tool.token('get/robot', workspace.id);
    const { uri } = (
      await server.call('GET', `/robot-v1/workspaces/${workspace.id}/robots/${run.robot.id}/file/downloadlink`, {
        headers: { authorization: `Bearer ${reading}` },
      })
    ).body;
    const bytes = await (await fetch(uri)).arrayBuffer();
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
    expect(digest).toBe(run.robot.sha256);
  });

  it('that failed says why', async () => {
    const { id } = await make('Fails');
    const run = await start(id);
    await asTool('PUT', `/${id}/runs/${run.id}/complete`, { result: 'ERROR', error: 'ROBOT_FAILURE' });
    expect(await runOf(run.id)).toMatchObject({ state: 'failed', error: { code: 'ROBOT_FAILURE' } });
  });

  it('has a token for its robot that ends with it', async () => {
    const { id } = await make('With secrets');
    const run = await start(id);
    const assets = () =>
      server.call('GET', `/v1/workspaces/${workspace.id}/assets`, {
        headers: { authorization: `Bearer ${run.config.environment.RC_API_TOKEN_V1}` },
      });
    expect((await assets()).status).toBe(200);
    const robots = await server.call('GET', `/v1/workspaces/${workspace.id}/task-packages/${robot}`, {
      headers: { authorization: `Bearer ${run.config.environment.RC_API_TOKEN_V1}` },
    });
    expect(robots.status).toBe(403);
    await asTool('PUT', `/${id}/runs/${run.id}/complete`, { result: 'OK' });
    expect((await assets()).status).toBe(403);
    const dump = await server.database.database.all(
      sql`select (select json_agg(t) from tool_token t) as tokens, (select json_agg(r) from assistant_run r) as runs,
        (select json_agg(a) from audit_entry a) as audit`,
    );
    expect(JSON.stringify(dump)).not.toContain(run.config.environment.RC_API_TOKEN_V1);
  });

  it.each([
    [{}],
    [{ encryption: {} }],
    [{ encryption: { scheme: 'rc-encryption-v2', publicKey: 'x' } }],
    [{ encryption: { scheme: 'rc-encryption-v1', publicKey: 'x' } }],
    [
      {
        encryption: {
          scheme: 'rc-encryption-v1',
          publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
            type: 'spki',
            format: 'pem',
          }),
        },
      },
    ],
    [undefined],
  ])('is not begun for a tool that could not read it: %#', async (body) => {
    const { id } = await make(`Unread ${Math.random()}`);
    expect((await asTool('POST', `/${id}/runs`, body)).status).toBe(400);
    expect((await call('GET', `/assistants/${id}/assistant-runs`)).body.data).toEqual([]);
  });

  it('is only begun by tools of the workspace, and only its own user’s tool speaks for it', async () => {
    const { id } = await make('Mine');
    const run = await start(id);
    const viewing = await tool.token('view/workspaces', workspace.id);
    expect((await asTool('POST', `/${id}/runs`, { encryption }, viewing)).status).toBe(403);
    expect((await asTool('POST', `/${id}/runs`, { encryption }, key)).status).toBe(403);
    expect((await asTool('POST', `/${id}/runs`, { encryption }, token, other)).status).toBe(403);
    const elsewhere = await tool.token('run/assistant', other.id);
    expect((await asTool('POST', `/${id}/runs`, { encryption }, elsewhere, other)).status).toBe(404);
    const member = await server.user([], 'colleague');
    await workspace.extension('PUT', `/members/${member.id}`, { body: { role: 'MEMBER' } });
    const theirs = await (await toolOf(server, member.token)).token('run/assistant', workspace.id);
    expect((await asTool('POST', `/${id}/runs/${run.id}/heartbeat`, {}, theirs)).status).toBe(404);
    expect((await asTool('PUT', `/${id}/runs/${run.id}/complete`, { result: 'OK' }, theirs)).status).toBe(404);
    expect(await runOf(run.id)).toMatchObject({ state: 'in_progress' });
  });

  it('is refused when the task has gone from its package', async () => {
    const { id } = await make('Left behind', 'Other');
    await server.database.database.all(
      sql`update task_package_version set tasks = array_remove(tasks, 'Other') where package_id = ${robot}::uuid`,
    );
    const refused = await asTool('POST', `/${id}/runs`, { encryption });
    expect(refused.status).toBe(409);
    expect(refused.body.error.message).toContain('Other');
  });
});

describe('a server that was away', () => {
  it('takes no run for lost whose tool could not be heard', async () => {
    const run = await start((await make('Patient')).id);
    await server.database.database.all(
      sql`update assistant_run set heard_on = present() - interval '1 hour' where id = ${run.id}::uuid`,
    );
    const back = await server.database.database.first(sql<{ now: Temporal.Instant }>`select present() as now`);
    if (!back) throw new Error('The database told no time.');
    expect(await server.room.domain.assistants.runs.sweep(back.now)).toBe(0);
    expect(await runOf(run.id)).toMatchObject({ state: 'in_progress' });
    expect(await server.room.domain.assistants.runs.sweep(back.now.subtract({ minutes: 5 }))).toBe(1);
  });
});

describe('the runs of assistants', () => {
  it('are listed newest first, of all or of one, in each way the snapshots ask for', async () => {
    const [one, two] = [await make('One'), await make('Two')];
    const ids: string[] = [];
    for (const { id } of [one, one, two, one]) ids.unshift((await start(id)).id);
    const idsOf = async (path: string) => (await call('GET', path)).body.data.map(({ id }: { id: string }) => id);
    const ofOne = [ids[0], ids[2], ids[3]];
    expect(await idsOf(`/assistants/${one.id}/assistant-runs`)).toEqual(ofOne);
    expect(await idsOf(`/assistant-runs?assistant_id=${one.id}`)).toEqual(ofOne);
    expect((await idsOf('/assistant-runs')).slice(0, 4)).toEqual(ids);
    expect(await idsOf('/assistant-runs?assistant_id=none')).toEqual([]);
    const first = (await call('GET', `/assistants/${one.id}/assistant-runs?limit=2`)).body;
    expect(first.data).toHaveLength(2);
    const rest = await server.call('GET', first.next.slice(server.url.length), {
      headers: { authorization: `RC-WSKEY ${key}` },
    });
    expect(rest.body).toMatchObject({ has_more: false, next: null, data: [{ id: ids[3] }] });
  });
});

describe('the files of a run', () => {
  it('are announced at its own address and sent without a credential', async () => {
    const { id } = await make('Leaves files');
    const run = await start(id);
    const path = run.config.artifactPostURL.slice(server.url.length);
    const announce = (body: object) => server.call('POST', path, { body });
    const { response } = (await announce({ fileName: 'log.html', fileSize: '7' })).body;
    expect(response).toEqual({
      artifactId: expect.any(String),
      postInfo: { url: expect.any(String), fields: {} },
    });
    const form = new FormData();
    form.set('file', new Blob(['<html/>']), 'log.html');
    const sent = () => fetch(response.postInfo.url, { method: 'POST', body: form });
    expect([(await sent()).status, (await sent()).status]).toEqual([204, 204]);
    const { list } = (await workspace.extension('GET', `/assistant-runs/${run.id}/artifacts`)).body;
    expect(list).toEqual([
      { id: response.artifactId, name: 'log.html', size: 7, createdOn: expect.any(String), url: expect.any(String) },
    ]);
    const fetched = await fetch(list[0].url);
    expect(await fetched.text()).toBe('<html/>');
    expect(fetched.headers.get('content-disposition')).toMatch(/^attachment/);
    expect((await announce({ fileName: '../../etc/passwd' })).status).toBe(200);
    for (const body of [{}, { fileName: '' }, { fileName: '..' }, { fileName: 'x'.repeat(300) }]) {
      expect((await announce(body)).status).toBe(400);
    }
    expect((await server.call('POST', '/assistant-v1/artifacts/none', { body: { fileName: 'a' } })).status).toBe(404);
    expect((await other.extension('GET', `/assistant-runs/${run.id}/artifacts`)).status).toBe(404);
    await asTool('PUT', `/${id}/runs/${run.id}/complete`, { result: 'OK' });
    expect((await announce({ fileName: 'late.txt' })).status).toBe(200);
  });
});

/** Last, because tokens are over afterwards. */
describe('as time goes by', () => {
  it('a run whose tool falls silent has failed, and one that is heard goes on', async () => {
    const { id } = await make('Silent');
    const [silent, heard] = [await start(id), await start(id)];
    // The duty has looked at least once, so that it knows from when on tools could be heard.
    await server.advance({ seconds: 1 });
    for (let minutes = 0; minutes < 5; minutes++) {
      await server.advance({ seconds: 58 });
      await asTool('POST', `/${id}/runs/${heard.id}/heartbeat`, { seq: minutes });
    }
    await expect.poll(async () => (await runOf(silent.id)).state, { timeout: 10_000, interval: 50 }).toBe('failed');
    expect(await runOf(silent.id)).toMatchObject({ error: { code: 'HEARTBEAT_LOST' }, ended_at: expect.any(String) });
    expect(await runOf(heard.id)).toMatchObject({ state: 'in_progress' });
    expect((await asTool('PUT', `/${id}/runs/${silent.id}/complete`, { result: 'OK' })).status).toBe(409);
  });

  it('its address for files leads nowhere an hour after the end', async () => {
    const { id } = await make('Over');
    const run = await start(id);
    await asTool('PUT', `/${id}/runs/${run.id}/complete`, { result: 'OK' });
    await server.advance({ minutes: 61 });
    const path = run.config.artifactPostURL.slice(server.url.length);
    expect((await server.call('POST', path, { body: { fileName: 'a' } })).status).toBe(404);
  });

  it('old runs are forgotten', async () => {
    await server.advance({ hours: 24 * 91 });
    await server.room.domain.assistants.runs.forget();
    const rows = await server.database.database.all(sql`select id from assistant_run where state <> 'in_progress'`);
    expect(rows).toEqual([]);
  });
});
