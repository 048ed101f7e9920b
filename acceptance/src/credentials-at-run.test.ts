import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { node, text } from './support/bots.ts';
import { deploy, type Item, runAsUser, saveTaskBot, setDefaultDevice, untilRun } from './support/deployments.ts';
import { AWKWARD_SECRET, type Echo, FORMS_OF_SECRET, openEcho } from './support/echo.ts';
import { openRecordingProxy, type RecordingProxy } from './support/recording-proxy.ts';
import { openShop, type RunnerProgram, startRunner } from './support/runner.ts';

/** Credentials and global values where bots run: on a real runner, behind somebody who reads all of its traffic. */
let server: TestServer;
let proxy: RecordingProxy;
let echo: Echo;
let runner: RunnerProgram;
let robot: { id: number; username: string };
let roleId: number;
let lockerId: string;

const send = async (method: string, path: string, body: unknown) => {
  const answer = await server.call(method, path, { token: server.admin, body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.body;
};

beforeAll(async () => {
  server = await startTestServer();
  echo = await openEcho();
  proxy = await openRecordingProxy(server.url);
  runner = await startRunner(server, { SIGNALBOX_URL: proxy.url, SIGNALBOX_LOG_LEVEL: 'debug' });
  const role = await send('POST', '/v1/usermanagement/roles', { name: 'robots', permissions: [], principals: [] });
  roleId = role.id;
  robot = await runAsUser(server, 'robot', { roles: [{ id: 2 }, { id: role.id }] });
  await setDefaultDevice(server, robot.id, runner.deviceId);
  lockerId = (await send('POST', '/v2/credentialvault/lockers', { name: 'Robots' })).id;
  await send('POST', `/v2/credentialvault/lockers/${lockerId}/consumers`, { id: roleId });
  await credential('Mail', AWKWARD_SECRET);
  await send('POST', '/signalbox/v1/global-values', { name: 'Office', value: 'Berlin' });
});
afterAll(async () => {
  await runner?.stop();
  proxy?.close();
  echo?.close();
  await server.stop();
});

async function credential(name: string, value: string, { masked = true, inLocker = true } = {}): Promise<void> {
  const made = await send('POST', '/v2/credentialvault/credentials', {
    name,
    attributes: [{ name: 'password', userProvided: false, masked, passwordFlag: false }],
  });
  await send('POST', `/v2/credentialvault/credentials/${made.id}/attributevalues`, {
    list: [{ credentialAttributeId: made.attributes[0].id, value }],
  });
  if (inLocker) await send('PUT', `/v2/credentialvault/lockers/${lockerId}/credentials/${made.id}`, {});
}

const reference = (name: string) => ({
  type: 'CREDENTIAL',
  credential: { name, lockerName: 'Robots', attributeName: 'Password' },
});

/** Logs in somewhere with it, and says and gives out the whole answer, which repeats what came. */
function bot(name: string, fail = false): object {
  const login = node('Rest', 'restGet', {
    attributes: {
      uri: text(fail ? echo.refusing : echo.url),
      authenticationMode: text('Basic'),
      username: text('ada'),
      password: reference(name),
    },
    into: 'answer',
  });
  const said = { type: 'STRING', expression: '$answer{Body}$ $@office$' };
  return {
    nodes: [
      login,
      node('String', 'assign', { attributes: { sourceString: said }, into: 'workItemResult' }),
      node('MessageBox', 'messageBox', { attributes: { content: { type: 'STRING', expression: '$workItemResult$' } } }),
    ],
    variables: [
      { name: 'item', type: 'RECORD', input: false, output: false, workItem: true },
      { name: 'answer', type: 'DICTIONARY', input: false, output: false },
      { name: 'workItemResult', type: 'STRING', input: false, output: true },
    ],
    packages: [],
  };
}

async function runBot(name: string, content: object): Promise<Item> {
  const botId = await saveTaskBot(server, name, content);
  const { deploymentId } = await deploy(server, 'v4', {
    botId,
    unattendedRequest: { runAsUserIds: [robot.id], deviceUsageType: 'RUN_ONLY_ON_DEFAULT_DEVICE' },
  });
  return untilRun(server, deploymentId, 'COMPLETED', 'RUN_FAILED');
}

/** All that is kept of runs and items, and all that the runner has written and sent. */
async function traces(): Promise<string> {
  const { database } = server.database;
  const tables = ['run', 'run_log', 'work_item', 'work_item_log', 'audit_entry', 'deployment'];
  const rows = await Promise.all(
    tables.map((table) => database.all(sql<{ row: string }>`select t::text as row from ${sql.table(table)} t`)),
  );
  const files = await readdir(runner.dataDir, { recursive: true, withFileTypes: true });
  const written = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
  );
  return JSON.stringify([rows, written, runner.output(), proxy.traffic()]);
}

async function expectNoTrace(): Promise<void> {
  const all = await traces();
  for (const form of FORMS_OF_SECRET) {
    expect(all.includes(form), `a trace of ${form}`).toBe(false);
    expect(all.includes(JSON.stringify(form).slice(1, -1)), `a trace of ${form}, escaped`).toBe(false);
  }
}

describe('a deployed bot', () => {
  it('gets a credential of a locker that its user’s role consumes, and leaves no trace of it anywhere', async () => {
    const run = await runBot('logs in', bot('MAIL'));
    expect(run.status, run.message).toBe('COMPLETED');
    expect(echo.passwords.at(-1)).toBe(AWKWARD_SECRET);
    const execution = await server.call('GET', `/v3/activity/execution/${run.id}`, { token: server.admin });
    const said = execution.body.botOutVariables.values.workItemResult.string;
    expect(said).toContain('••••');
    expect(said).toContain('Berlin');
    const log = await server.call('GET', `/signalbox/v1/runs/${run.id}/log`, { token: server.admin });
    expect(log.body.lines[0].text).toContain('••••');
    await expectNoTrace();
  });

  it('fails with a message without it', async () => {
    const run = await runBot('is refused', bot('mail', true));
    expect(run.status).toBe('RUN_FAILED');
    expect(run.message).toMatch(/403/);
    await expectNoTrace();
  });

  it.each([
    ['is not there', 'nothing', /no credential "nothing"/],
    ['belongs to others', 'private', /no credential "private".*robot may use/],
  ])('is told by name of a credential that %s', async (_what, name, message) => {
    if (name === 'private') await credential(name, 'only-for-the-admin', { inLocker: false });
    const run = await runBot(`wants ${name}`, bot(name));
    expect(run.status).toBe('RUN_FAILED');
    expect(run.message).toMatch(message);
    expect(await traces()).not.toContain('only-for-the-admin');
  });

  it('keeps what is not masked in what it says', async () => {
    await credential('Host', 'mail.example.test', { masked: false });
    const run = await runBot('shows host', bot('Host'));
    const execution = await server.call('GET', `/v3/activity/execution/${run.id}`, { token: server.admin });
    expect(execution.body.botOutVariables.values.workItemResult.string).toContain('mail.example.test');
  });
});

describe('a bot that works an item', () => {
  it('gets credentials and global values like any other, and leaves no trace of them', async () => {
    const shop = await openShop(server, { bot: bot('mail'), deviceIds: [runner.deviceId], runAsUserIds: [robot.id] });
    const before = echo.passwords.length;
    await shop.add({ n: 1 }, { n: 2 });
    const items = await shop.settled();
    expect(items.map(({ status, error }) => [status, error])).toEqual([
      ['COMPLETED', ''],
      ['COMPLETED', ''],
    ]);
    expect(echo.passwords.slice(before)).toEqual([AWKWARD_SECRET, AWKWARD_SECRET]);
    expect(items[0].result).toContain('••••');
    expect(items[0].result).toContain('Berlin');
    await expectNoTrace();
  });
});

describe('a device', () => {
  const key = { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) };
  const ask = async (body: object) => {
    const text = await readFile(join(runner.dataDir, 'device.json'), 'utf8');
    const { key: token } = JSON.parse(text) as { key: string };
    return server.call('POST', '/runner/v1/credentials', {
      token,
      body: { name: 'mail', lockerName: '', attributeName: 'password', publicKey: key, ...body },
    });
  };

  it('gets nothing for a run or an item that it does not have, or no longer has', async () => {
    const run = await runBot('is over', bot('mail'));
    const id = run.id.split('_')[0];
    for (const version of [0, 1, 2, 3]) {
      expect((await ask({ run: { id, version } })).status, `version ${version}`).toBe(404);
      expect((await ask({ item: { id: 1, version } })).status, `item, version ${version}`).toBe(404);
    }
    expect((await ask({})).status).toBe(400);
    expect((await ask({ run: { id, version: 1 }, publicKey: { ...key, x: 'short' } })).status).toBe(400);
  });
});

it('each value that left is in the audit log, in the name of the run’s user', async () => {
  const rows = await server.database.database.all(
    sql<{
      actor: string;
      runs: number;
    }>`select actor_name as actor, count(distinct details -> 'purpose' ->> 'id') as runs
      from audit_entry where action = 'credentialValue.consume' and outcome = 'SUCCESSFUL' group by 1`,
  );
  expect(rows).toEqual([{ actor: 'robot', runs: expect.any(Number) }]);
  expect(rows[0]?.runs).toBeGreaterThan(4);
});
