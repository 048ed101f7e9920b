import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN_PASSWORD,
  type Answer,
  type CallOptions,
  startTestServer,
  type TestServer,
} from '../../apps/control-room/test-support/server.ts';
import { bot, saveBot } from './support/bots.ts';
import { deploy, runAsUser, saveTaskBot, setDefaultDevice, untilRun } from './support/deployments.ts';

/**
 * What real clients take for granted (contract a §14.3), row by row, and where the evidence surprises (§16), point by point.
 * They index these answers without looking.
 */
let server: TestServer;
let fileId: string;
let deviceId: string;
let robot: { id: number; username: string };
let finished: { deploymentId: string; id: string };

const call = (method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> =>
  server.call(method, path, { token: server.admin, ...(body === undefined ? {} : { body }), ...options });

async function made(method: string, path: string, body: unknown): Promise<Answer['body']> {
  const answer = await call(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.body;
}

const ROLE = { permissions: [], principals: [] };
const user = (username: string) => ({
  username,
  email: `${username}@example.test`,
  password: ADMIN_PASSWORD,
  roles: [{ id: 2 }],
});

beforeAll(async () => {
  server = await startTestServer();
  fileId = await saveTaskBot(server, 'Pay invoices', { nodes: [], variables: [], packages: [] });
  robot = await runAsUser(server, 'robot');
  // A device whose runner is there, as far as the server can see; nobody takes the work.
  const facts = { hostName: 'RUNNER01', os: 'linux', agentVersion: '1.0', capacity: 1, capabilities: {} };
  const { token } = await server.room.issueRunnerToken();
  const registered = await server.call('POST', '/runner/v1/register', { body: { token, device: facts } });
  await server.call('POST', '/runner/v1/sessions', { token: registered.body.key, body: facts });
  deviceId = String(registered.body.deviceId);
  await setDefaultDevice(server, robot.id, deviceId);
  const task = await saveBot(server, 'Task', bot([], []));
  const { deploymentId } = await deploy(server, 'v4', { botId: task, headlessRequest: {} });
  finished = { deploymentId, id: (await untilRun(server, deploymentId, 'COMPLETED')).id };
});
afterAll(() => server.stop());

/** Each path is there and not undefined. */
function expectPaths(value: unknown, ...paths: readonly string[]): void {
  for (const path of paths) {
    const found = path
      .split('.')
      .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
    expect(found, `${path} in ${JSON.stringify(value)?.slice(0, 300)}`).not.toBe(undefined);
  }
}

const logIn = (version: string, body: object = { username: 'admin', password: ADMIN_PASSWORD, multipleLogin: true }) =>
  server.call('POST', `/${version}/authentication`, { body });

describe('§14.3: what clients read without looking', () => {
  it('log in: token, user', async () => expectPaths((await logIn('v2')).body, 'token', 'user'));

  it('refresh: token, user.username', async () => {
    const { token } = (await logIn('v2')).body;
    expectPaths(
      (await server.call('POST', '/v2/authentication/token', { body: { token } })).body,
      'token',
      'user.username',
    );
  });

  it('validate: valid', async () => {
    const { token } = (await logIn('v2')).body;
    expect((await server.call('GET', `/v1/authentication/token?token=${token}`)).body).toEqual({ valid: true });
  });

  it.each([
    '/v1/usermanagement/users/list',
    '/v1/usermanagement/roles/list',
    '/v2/repository/file/list',
    '/v2/repository/folders/2/list',
    '/v2/repository/workspaces/public/files/list',
    '/v2/packages/package/list',
    '/v2/packages/package/version/list',
    '/v2/credentialvault/credentials/list',
    '/v2/credentialvault/lockers/list',
    '/v2/devices/list',
    '/v1/devices/runasusers/list',
    '/v2/devices/pools/list',
    '/v3/activity/list',
    '/v2/activity/list',
    '/v1/activity/history/list',
    '/v1/schedule/automations/list',
    '/v2/schedule/automations/list',
    '/v1/audit/messages/list',
  ])('%s: list, page.totalFilter', async (path) => {
    const { status, body } = await call('POST', path, {});
    expect(status).toBe(200);
    expect(body.list).toBeInstanceOf(Array);
    expect(body.page).toEqual({ offset: 0, total: expect.any(Number), totalFilter: expect.any(Number) });
  });

  it('users/list: what a table of users shows', async () => {
    for (const one of (await call('POST', '/v1/usermanagement/users/list', {})).body.list) {
      const names =
        'id username domain firstName lastName version principalId email passwordSet questionsSet disabled description createdOn';
      expectPaths(one, ...names.split(' '));
      for (const name of ['domain', 'firstName', 'lastName', 'email']) expect(one[name]).toEqual(expect.any(String));
    }
  });

  it('roles/list: what tells system roles from others', async () => {
    for (const one of (await call('POST', '/v1/usermanagement/roles/list', {})).body.list)
      expectPaths(
        one,
        ...'id name description countPrincipals version createdBy createdOn updatedBy updatedOn'.split(' '),
      );
  });

  it('role and user, made and deleted: id, name or username', async () => {
    const role = await made('POST', '/v1/usermanagement/roles', { name: 'short-lived', ...ROLE });
    const person = await made('POST', '/v1/usermanagement/users', user('short-lived'));
    expectPaths(role, 'id', 'name');
    expectPaths(person, 'id', 'username');
    expectPaths(await made('DELETE', `/v1/usermanagement/users/${person.id}`, undefined), 'id', 'username');
    expectPaths(await made('DELETE', `/v1/usermanagement/roles/${role.id}`, undefined), 'id', 'name');
  });

  it('devices/list: what a table of devices shows', async () => {
    const [device] = (await call('POST', '/v2/devices/list', {})).body.list;
    const names =
      'id type hostName status poolName updatedBy updatedOn botAgentVersion lifespan defaultUsers.0.username';
    expectPaths(device, ...names.split(' '));
  });

  it('credentials/{id} and its values', async () => {
    const credential = await made('POST', '/v2/credentialvault/credentials', {
      name: 'SAP',
      attributes: [{ name: 'password', userProvided: false, masked: true }],
    });
    const path = `/v2/credentialvault/credentials/${credential.id}`;
    expectPaths((await call('GET', path)).body, 'id', 'attributes.0.id', 'attributes.0.name');
    const values = `${path}/attributevalues?credentialAttributeId=${credential.attributes[0].id}`;
    expect((await call('GET', values)).body).toEqual({ list: [] });
    await made('POST', `${path}/attributevalues`, {
      list: [{ credentialAttributeId: credential.attributes[0].id, value: 'pw' }],
    });
    expectPaths((await call('GET', values)).body, 'list.0.id', 'list.0.version');
  });

  it('files list: what finds a bot', async () => {
    for (const one of (await call('POST', '/v2/repository/file/list', {})).body.list)
      expectPaths(one, ...'id parentId name path description type'.split(' '));
  });

  it('deploy v3, activity list, history and execution', async () => {
    const deployed = await deploy(server, 'v3', { fileId, runAsUserIds: [robot.id] });
    expectPaths(deployed, 'deploymentId', 'automationName');
    for (const one of (await call('POST', '/v3/activity/list', {})).body.list)
      expectPaths(one, 'id', 'status', 'deploymentId');
    const older =
      'id deviceName jobName jobType startDateTime endDateTime jobExecutionStatus progress scheduleId userId deviceId currentLine totalLines jobId deploymentId username automationName jobFilePath currentBotName command tenantId modifiedBy createdBy modifiedOn queueName queueId rdpEnabled canManage jobExecutionDetails source';
    const history = (await call('POST', '/v1/activity/history/list', {})).body.list;
    expect(history.length).toBeGreaterThan(0);
    for (const one of history) expectPaths(one, ...older.split(' '));
    expectPaths((await call('GET', `/v3/activity/execution/${finished.id}`)).body, 'botOutVariables.values');
  });

  it('BLM export and its status', async () => {
    const { requestId } = await made('POST', '/v2/blm/export', { name: 'nightly', fileIds: [fileId] });
    expectPaths((await call('GET', `/v2/blm/status/${requestId}`)).body, 'status', 'downloadFileId', 'errorMessage');
  });

  it('schedule create: id or scheduleId', async () => {
    const schedule = await made('POST', '/v1/schedule/automations', {
      name: 'nightly',
      fileId,
      status: 'DRAFT',
      runAsUserIds: [String(robot.id)],
      timeZone: 'Europe/Berlin',
      startDate: '2030-03-01',
      startTime: '22:15',
      scheduleType: 'DAILY',
      dailyRecurrence: { interval: 1 },
    });
    expectPaths(schedule, 'id', 'scheduleId');
  });

  it.each([
    ['400', 'POST', '/v1/usermanagement/users', {}],
    ['401', 'GET', '/v1/usermanagement/users/1', undefined],
    ['404', 'GET', '/v1/usermanagement/users/99999', undefined],
    ['404', 'GET', '/v9/nowhere', undefined],
  ] as const)('an error %s: code, message, details', async (status, method, path, body) => {
    const answer = await call(method, path, body, status === '401' ? { token: 'none' } : {});
    expect(answer.status).toBe(Number(status));
    expect(answer.body).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      details: expect.any(String),
    });
  });
});

describe('§16: where the evidence surprises', () => {
  it.each(['v1', 'v2'])('1. %s generates and refreshes tokens', async (version) => {
    const { token } = (await logIn(version)).body;
    expect((await server.call('POST', `/${version}/authentication/token`, { body: { token } })).status).toBe(200);
  });

  it('2. user management answers under v1 as under v2', async () => {
    const [v1, v2] = await Promise.all(
      ['v1', 'v2'].map((version) => call('GET', `/${version}/usermanagement/users/1`)),
    );
    expect(v1?.status).toBe(200);
    expect(v2?.body).toEqual(v1?.body);
  });

  it('3. DELETE of a user or role is 200 with the object', async () => {
    const person = await made('POST', '/v1/usermanagement/users', user('passing'));
    const gone = await call('DELETE', `/v1/usermanagement/users/${person.id}`);
    expect([gone.status, gone.body.username]).toEqual([200, 'passing']);
    const role = await made('POST', '/v1/usermanagement/roles', { name: 'passing', ...ROLE });
    const goneRole = await call('DELETE', `/v1/usermanagement/roles/${role.id}`);
    expect([goneRole.status, goneRole.body.name]).toEqual([200, 'passing']);
  });

  it('4. ids are numbers in user management and texts elsewhere', async () => {
    expect((await call('GET', '/v1/usermanagement/users/1')).body.id).toBe(1);
    expect((await call('GET', `/v2/repository/files/${fileId}`)).body.id).toBe(fileId);
    expect((await call('POST', '/v2/devices/list', {})).body.list[0].id).toBe(deviceId);
  });

  it('5. and 6. sizes, counts and versions of files are texts, and nothing is absent for being empty', async () => {
    const { body } = await call('GET', `/v2/repository/files/${fileId}`);
    for (const name of ['size', 'folderCount', 'latestVersion', 'lockedBy', 'createdBy', 'lastModifiedBy', 'version'])
      expect(body[name], name).toMatch(/^\d+$/);
    for (const name of ['productionVersion', 'uri', 'botVersionLabel', 'description'])
      expect(body[name], name).toBe('');
  });

  it('7. a bad token is valid: false, and cannot be refreshed', async () => {
    expect((await server.call('GET', '/v1/authentication/token?token=garbage')).body).toEqual({ valid: false });
    expect((await server.call('POST', '/v2/authentication/token', { body: { token: 'garbage' } })).status).toBe(401);
  });

  it('8. the refresh tells who it is', async () => {
    const { token } = (await logIn('v1')).body;
    const { body } = await server.call('POST', '/v1/authentication/token', { body: { token } });
    expect(body.user.username).toBe('admin');
  });

  it('9. the status of an export has its six keys from the beginning, in their order', async () => {
    const { requestId } = await made('POST', '/v2/blm/export', { name: 'six', fileIds: [fileId] });
    const { body } = await call('GET', `/v2/blm/status/${requestId}`);
    const keys = ['requestId', 'type', 'status', 'downloadFileName', 'downloadFileId', 'errorMessage'];
    expect(Object.keys(body)).toEqual(keys);
    for (const key of keys) expect(body[key], key).toEqual(expect.any(String));
  });

  it('10. loginsetting answers a bare JSON text', async () => {
    const { text } = await call('PUT', '/v2/credentialvault/loginsetting', {
      username: 'robot',
      loginUsername: 'WIN\\robot',
      loginPassword: 'pw',
    });
    expect(JSON.parse(text)).toEqual(expect.stringContaining('updated'));
  });

  it('11. success is COMPLETED', async () => {
    const filter = { operator: 'eq', field: 'deploymentId', value: finished.deploymentId };
    expect((await call('POST', '/v3/activity/list', { filter })).body.list[0].status).toBe('COMPLETED');
  });

  it('12. deploy v3 takes botId, and callBackInfo', async () => {
    const answer = await call('POST', '/v3/automations/deploy', {
      botId: Number(fileId),
      runAsUserIds: [robot.id],
      callBackInfo: null,
    });
    expect(answer.status, answer.text).toBe(200);
  });

  it('13. sloppy requests work: no Content-Type, odd key case, nulls, empty texts, length 0 and 9999', async () => {
    const response = await fetch(`${server.url}//v2/authentication/`, {
      method: 'POST',
      body: new Blob([
        JSON.stringify({ Username: 'admin', Password: ADMIN_PASSWORD, MULTIPLELOGIN: 'true', captcha: {} }),
      ]),
    });
    expect(response.status).toBe(200);
    for (const body of [
      undefined,
      {},
      { filter: null, sort: null, page: null, fields: null },
      { filter: '', page: { length: 0 } },
      { page: { Offset: '0', length: '9999', total: 3, totalFilter: 3 } },
      { filter: { operator: 'and', operands: [] }, sort: [{ field: 'nothing', direction: 'DESC' }] },
    ]) {
      const answer = await call('POST', '/v2/repository/file/list', body);
      expect(answer.status, JSON.stringify(body)).toBe(200);
      expect(answer.body.list.length, JSON.stringify(body)).toBeGreaterThan(0);
    }
  });

  it('14. deploy v2 answers an automationId', async () => {
    const answer = await call('POST', '/v2/automations/deploy', { fileId, deviceIds: [deviceId] });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ automationId: expect.stringMatching(/^\d+$/) });
  });

  it('15. a page may be longer than the third-party documents say', async () => {
    const answer = await call('POST', '/v2/usermanagement/permissions/list', { page: { length: 1_000 } });
    expect(answer.body.list).toHaveLength(answer.body.page.totalFilter);
  });
});
