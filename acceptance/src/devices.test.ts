import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

const DEVICES_VIEW = 30;
const POOL_CREATE = 40;
const DEVICES_ALL = 118;
const DEVICES_EDIT = 1191;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.stop();
});

type Token = { token: string };
const as = (who: Token | undefined, body?: unknown) => ({ token: who?.token ?? server.admin, body });
const list = (path: string, body: unknown = {}, who?: Token) => server.call('POST', path, as(who, body));

/** A registered device; `connect` opens its session as its runner would. */
async function device(hostName: string, registeredBy?: Token) {
  const token = await server.call('POST', '/signalbox/v1/runner-tokens', as(registeredBy, {}));
  const facts = { hostName, os: 'linux', agentVersion: '1.2.3', capacity: 2, capabilities: {} };
  const made = await server.call('POST', '/runner/v1/register', { body: { token: token.body.token, device: facts } });
  if (made.status >= 300) throw new Error(made.text);
  const id = String(made.body.deviceId);
  return {
    id,
    key: made.body.key as string,
    connect: async () => {
      const session = await server.call('POST', '/runner/v1/sessions', { token: made.body.key, body: facts });
      if (session.status !== 201) throw new Error(session.text);
      return session.body.sessionId as string;
    },
  };
}

const pool = (name: string, more: object = {}) => ({ name, automationScheme: 'ROUND_ROBIN', timeSlice: '5', ...more });

describe('The list of devices', () => {
  test('has every field that clients read, with ids as texts', async () => {
    const made = await device('press-01');
    await made.connect();
    const answer = await list('/v2/devices/list', {
      filter: { operator: 'eq', field: 'hostName', value: 'press-01' },
    });
    expect(answer.status).toBe(200);
    expect(answer.body.page).toEqual({ offset: 0, total: expect.any(Number), totalFilter: 1 });
    expect(answer.body.list).toEqual([
      {
        id: made.id,
        type: 'BOT_RUNNER',
        hostName: 'press-01',
        userId: '',
        userName: '',
        status: 'CONNECTED',
        state: 'ACTIVE',
        poolName: '',
        fullyQualifiedHostName: '-',
        updatedBy: 'admin',
        updatedOn: expect.stringMatching(/Z$/),
        botAgentVersion: '1.2.3',
        nickname: '',
        lifespan: 'PERSISTENT',
        defaultUsers: [],
      },
    ]);
  });

  test('says DISCONNECTED as soon as the lease of a silent runner is over', async () => {
    const made = await device('press-02');
    await made.connect();
    const status = async () =>
      (await list('/v2/devices/list', { filter: { field: 'id', value: made.id } })).body.list[0].status;
    expect(await status()).toBe('CONNECTED');
    await server.advance({ seconds: 31 });
    expect(await status()).toBe('DISCONNECTED');
    for (const word of ['DISCONNECTED', 'offline']) {
      const found = await list('/v2/devices/list', { filter: { operator: 'eq', field: 'status', value: word } });
      expect(found.body.list.map((one: { id: string }) => one.id)).toContain(made.id);
    }
  });

  test.each([
    { page: null, sort: [{ field: 'id', direction: 'asc' }] },
    {},
    { filter: { operator: 'substring', field: 'poolName', value: 'x' }, sort: [{ field: 'updatedOn' }] },
    { filter: { operator: 'eq', field: 'userId', value: '12' } },
    { filter: { operator: 'eq', field: 'type', value: 'bot_runner' }, sort: [{ field: 'hostName' }] },
  ])('takes the list call %j', async (body) => {
    expect((await list('/v2/devices/list', body)).status).toBe(200);
  });

  test('shows others only what they registered or work on by default', async () => {
    const made = await device('press-03');
    const user = await server.user([DEVICES_VIEW]);
    const ids = async () => (await list('/v2/devices/list', {}, user)).body.list.map((one: { id: string }) => one.id);
    expect(await ids()).toEqual([]);

    await server.call('POST', '/v1/devices/runasusers/default', as(undefined, { deviceId: made.id, userId: user.id }));
    expect(await ids()).toEqual([made.id]);

    const all = await server.user([DEVICES_VIEW, DEVICES_ALL]);
    expect((await list('/v2/devices/list', {}, all)).body.page.total).toBeGreaterThan(1);
  });
});

describe('Resetting a device', () => {
  test('ends its session, so that its runner has to connect anew', async () => {
    const made = await device('press-04');
    const sessionId = await made.connect();
    const answer = await server.call('POST', '/v2/devices/reset', as(undefined, { deviceIds: { ids: [made.id] } }));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ deviceIds: [made.id], itemsReturned: 0 });
    const found = await list('/v2/devices/list', { filter: { field: 'id', value: made.id } });
    expect(found.body.list[0].status).toBe('DISCONNECTED');
    const work = await server.call('POST', '/runner/v1/work', {
      token: made.key,
      body: { sessionId, capacity: 1, waitSeconds: 0 },
    });
    expect(work.status).toBe(409);
  });

  test('gives back what it was working on at once', async () => {
    const made = await device('press-06');
    const sessionId = await made.connect();
    const token = server.admin;
    const model = await server.call('POST', '/v4/wlm/workitemmodels', {
      token,
      body: { name: 'Reset', attributes: [{ name: 'a', type: 'TEXT' }] },
    });
    const queue = await server.call('POST', '/v3/wlm/queues', {
      token,
      body: { name: 'Reset', workItemModelId: model.body.id },
    });
    const bot = await server.call('POST', '/v2/repository/files', {
      token,
      body: { contentType: 'application/vnd.aa.taskbot', name: 'Reset', parentFolderId: 2 },
    });
    const machines = await server.call('POST', '/v2/devices/pools', {
      token,
      body: pool('Reset', { deviceIds: [made.id] }),
    });
    const self = await server.call('GET', '/v1/usermanagement/users/self', { token });
    const items = { workItems: [{ json: { a: '1' } }, { json: { a: '2' } }] };
    await server.call('POST', `/v3/wlm/queues/${queue.body.id}/workitems`, { token, body: items });
    await server.call('POST', '/v3/wlm/automations', {
      token,
      body: {
        name: 'Reset',
        fileId: bot.body.id,
        queueId: queue.body.id,
        poolIds: [machines.body.id],
        runAsUserIds: [self.body.id],
      },
    });
    const work = await server.call('POST', '/runner/v1/work', {
      token: made.key,
      body: { sessionId, capacity: 2, waitSeconds: 5 },
    });
    expect(work.body.assignments[0]?.items).toHaveLength(2);

    const reset = await server.call('POST', '/v2/devices/reset', { token, body: { deviceIds: { ids: [made.id] } } });
    expect(reset.body.itemsReturned).toBe(2);
    const listed = await server.call('POST', `/v3/wlm/queues/${queue.body.id}/workitems/list`, { token, body: {} });
    expect(listed.body.list.map((item: { status: string }) => item.status)).toEqual(['NEW', 'NEW']);
  });

  test('is refused without the right, and for a device that the caller does not see', async () => {
    const made = await device('press-05');
    const body = { deviceIds: { ids: [made.id] } };
    expect((await server.call('POST', '/v2/devices/reset', as(await server.user([DEVICES_VIEW]), body))).status).toBe(
      403,
    );
    const editor = await server.user([DEVICES_VIEW, DEVICES_EDIT]);
    expect((await server.call('POST', '/v2/devices/reset', as(editor, body))).status).toBe(404);
  });
});

describe('Default devices', () => {
  test('are set, replaced, read and removed, and a device says whose default it is', async () => {
    const [one, two] = [await device('desk-1'), await device('desk-2')];
    const user = await server.user([DEVICES_VIEW]);
    const path = '/v1/devices/runasusers/default';
    for (const [method, deviceId] of [
      ['POST', one.id],
      ['PUT', two.id],
    ] as const) {
      const set = await server.call(method, path, as(undefined, { deviceId, userId: String(user.id) }));
      expect(set.status).toBe(200);
      expect(set.body).toEqual({ deviceId, userId: String(user.id) });
    }
    expect((await server.call('GET', path, as(user))).body).toEqual({ deviceId: two.id, userId: String(user.id) });
    const found = await list('/v2/devices/list', { filter: { field: 'id', value: two.id } });
    expect(found.body.list[0].defaultUsers).toEqual([{ id: String(user.id), username: user.username }]);

    expect((await server.call('DELETE', `${path}?userId=${user.id}`, as(undefined))).status).toBe(204);
    expect((await server.call('GET', path, as(user))).status).toBe(404);
  });

  test('of others need a right, and a device one may not see cannot become a default', async () => {
    const made = await device('desk-3');
    const [user, other] = [await server.user([DEVICES_VIEW]), await server.user([DEVICES_VIEW])];
    const path = '/v1/devices/runasusers/default';
    const set = (userId: number) => server.call('POST', path, as(user, { deviceId: made.id, userId }));
    expect((await set(other.id)).status).toBe(403);
    expect((await set(user.id)).status).toBe(400);
    expect((await server.call('GET', `${path}?userId=${other.id}`, as(user))).status).toBe(403);
  });
});

test('Run-as users are those with the unattended licence whom the caller may use', async () => {
  const made = await server.call(
    'POST',
    '/v1/usermanagement/users',
    as(undefined, {
      username: 'robot-1',
      email: 'robot-1@example.test',
      password: 'correct-horse-battery',
      roles: [{ id: 2 }],
      licenseFeatures: ['RUNTIME'],
    }),
  );
  expect(made.status).toBe(201);
  for (const version of ['v1', 'v2']) {
    const answer = await list(`/${version}/devices/runasusers/list`, {
      filter: { operator: 'substring', field: 'username', value: 'robot' },
      sort: [{ field: 'username', direction: 'asc' }],
    });
    expect(answer.body.list).toEqual([{ id: String(made.body.id), username: 'robot-1', firstName: '', lastName: '' }]);
  }
  const stranger = await server.user([DEVICES_VIEW]);
  expect((await list('/v1/devices/runasusers/list', {}, stranger)).body.list).toEqual([]);
});

describe('Device pools', () => {
  test('come back with every field, ids as texts, in both schemes', async () => {
    const made = await device('pool-1');
    const user = await server.user([DEVICES_VIEW]);
    const created = await server.call(
      'POST',
      '/v2/devices/pools',
      as(undefined, pool('Night pool', { deviceIds: [made.id], consumerIds: [user.id, String(user.roleId)] })),
    );
    expect(created.status).toBe(201);
    const self = await server.call('GET', '/v1/usermanagement/users/self', as(undefined));
    expect(created.body).toMatchObject({
      id: expect.stringMatching(/^\d+$/),
      name: 'Night pool',
      description: '',
      automationScheme: 'ROUND_ROBIN',
      timeSlice: '5',
      timeSliceUnit: 'MINUTES',
      deviceIds: [made.id],
      deviceCount: '1',
      ownerIds: [String(self.body.id)],
      consumerIds: [String(user.id), String(user.roleId)].sort((a, b) => Number(a) - Number(b)),
      version: '0',
    });
    const read = await server.call('GET', `/v2/devices/pools/${created.body.id}`, as(undefined));
    expect(read.body).toEqual(created.body);
    const listed = await list('/v2/devices/pools/list', {
      filter: { operator: 'substring', field: 'name', value: 'NIGHT' },
    });
    expect(listed.body.list).toEqual([created.body]);
    const devices = await list('/v2/devices/list', { filter: { field: 'poolName', value: 'Night pool' } });
    expect(devices.body.list.map((one: { id: string }) => one.id)).toEqual([made.id]);

    const changed = await server.call(
      'PUT',
      `/v2/devices/pools/${created.body.id}`,
      as(undefined, { ...created.body, automationScheme: 'priority', deviceIds: [], version: 0 }),
    );
    expect(changed.body).toMatchObject({ automationScheme: 'PRIORITY', deviceIds: [], version: '1' });
    const stale = await server.call(
      'PUT',
      `/v2/devices/pools/${created.body.id}`,
      as(undefined, { name: 'x', version: 0 }),
    );
    expect(stale.status).toBe(409);
  });

  test('have a name of their own, and no device is in two', async () => {
    const made = await device('pool-2');
    const first = await server.call('POST', '/v2/devices/pools', as(undefined, pool('One', { deviceIds: [made.id] })));
    expect(first.status).toBe(201);
    expect((await server.call('POST', '/v2/devices/pools', as(undefined, pool('ONE')))).status).toBe(409);
    const second = await server.call('POST', '/v2/devices/pools', as(undefined, pool('Two', { deviceIds: [made.id] })));
    expect(second.status).toBe(409);
    expect((await server.call('DELETE', `/v2/devices/pools/${first.body.id}`, as(undefined))).status).toBe(204);
    const again = await server.call('POST', '/v2/devices/pools', as(undefined, pool('Two', { deviceIds: [made.id] })));
    expect(again.status).toBe(201);
  });

  test.each([
    ['an unknown device', { deviceIds: ['999999'] }],
    ['an unknown owner', { ownerIds: [999999] }],
    ['an unknown consumer', { consumerIds: ['999999'] }],
    ['another scheme', { automationScheme: 'FASTEST' }],
    ['a time slice that is none', { timeSlice: 'soon' }],
  ])('are refused with 400 for %s', async (_what, more) => {
    const answer = await server.call('POST', '/v2/devices/pools', as(undefined, pool('Never', more)));
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      details: expect.any(String),
    });
  });

  test('are created by whoever has the right to pools and to all devices, not by one of them alone', async () => {
    const half = await server.user([DEVICES_VIEW, POOL_CREATE]);
    const whole = await server.user([DEVICES_VIEW, POOL_CREATE, DEVICES_ALL]);
    expect((await server.call('POST', '/v2/devices/pools', as(half, pool('Half')))).status).toBe(403);
    expect((await server.call('POST', '/v2/devices/pools', as(whole, pool('Whole')))).status).toBe(201);
  });

  test('are seen by owners and consumers, changed by owners, and absent for everybody else', async () => {
    const [owner, consumer, stranger] = [
      await server.user([DEVICES_VIEW]),
      await server.user([DEVICES_VIEW]),
      await server.user([DEVICES_VIEW]),
    ];
    const made = await server.call(
      'POST',
      '/v2/devices/pools',
      as(undefined, pool('Shared', { ownerIds: [owner.id], consumerIds: [consumer.roleId] })),
    );
    const path = `/v2/devices/pools/${made.body.id}`;
    for (const [who, get, put] of [
      [owner, 200, 200],
      [consumer, 200, 403],
      [stranger, 404, 404],
    ] as const) {
      expect((await server.call('GET', path, as(who))).status).toBe(get);
      expect((await server.call('PUT', path, as(who, { description: 'changed' }))).status).toBe(put);
      expect((await list('/v2/devices/pools/list', {}, who)).body.page.total).toBe(get === 200 ? 1 : 0);
    }
    expect((await server.call('DELETE', path, as(stranger))).status).toBe(404);
    expect((await server.call('DELETE', path, as(consumer))).status).toBe(403);
    expect((await server.call('DELETE', path, as(owner))).status).toBe(204);
  });

  test('stay while a queue automation works with them', async () => {
    const token = server.admin;
    const model = await server.call('POST', '/v4/wlm/workitemmodels', {
      token,
      body: { name: 'M', attributes: [{ name: 'a', type: 'TEXT' }] },
    });
    const queue = await server.call('POST', '/v3/wlm/queues', {
      token,
      body: { name: 'Q', workItemModelId: model.body.id },
    });
    const bot = await server.call('POST', '/v2/repository/files', {
      token,
      body: { contentType: 'application/vnd.aa.taskbot', name: 'B', parentFolderId: 2 },
    });
    const made = await server.call('POST', '/v2/devices/pools', as(undefined, pool('Busy')));
    const self = await server.call('GET', '/v1/usermanagement/users/self', { token });
    const automation = await server.call('POST', '/v3/wlm/automations', {
      token,
      body: {
        name: 'A',
        fileId: bot.body.id,
        queueId: queue.body.id,
        poolIds: [made.body.id],
        runAsUserIds: [self.body.id],
        status: 'ACTIVE',
      },
    });
    expect(automation.status).toBeLessThan(300);
    expect((await server.call('DELETE', `/v2/devices/pools/${made.body.id}`, { token })).status).toBe(409);
    expect((await server.call('DELETE', `/v2/repository/files/${bot.body.id}`, { token })).status).toBe(409);
  });
});
