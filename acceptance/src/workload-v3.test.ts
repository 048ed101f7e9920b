import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

/** The v3 workload calls as clients use them: contract b §1, and its traps (§14), a test each. */
let server: TestServer;
let model: { id: number; attributes: { id: number; name: string }[] };
let queues = 0;

beforeAll(async () => {
  server = await startTestServer();
  model = (
    await v3('POST', '/workitemmodels', {
      name: 'Invoice',
      attributes: [
        { name: 'invoice_no', type: 'TEXT', isRequired: true },
        { name: 'amount', type: 'NUMBER' },
        { name: 'due', type: 'DATE' },
      ],
    })
  ).body;
});
afterAll(() => server.stop());

const v3 = (method: string, path: string, body?: unknown, token = server.admin) =>
  server.call(method, `/v3/wlm${path}`, { token, body });

async function makeQueue(settings: object = {}): Promise<string> {
  const answer = await v3('POST', '/queues', {
    name: `Queue ${++queues}`,
    workItemModelId: String(model.id),
    ...settings,
  });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

async function add(queue: string, ...rows: object[]) {
  const answer = await v3('POST', `/queues/${queue}/workitems`, { workItems: rows.map((json) => ({ json })) });
  expect(answer.status).toBe(201);
  return answer.body.list;
}

describe('queues', () => {
  it('answer with texts as ids on v3, numbers on v4, and everything that a client reads by subscript', async () => {
    const id = await makeQueue({ displayColumns: ['invoice_no'], manualProcessingTime: '1' });
    expect(id).toBeTypeOf('string');
    const { list, page } = (await v3('POST', '/queues/list', { filter: { operator: 'eq', field: 'id', value: id } }))
      .body;
    expect(page).toMatchObject({ offset: 0, totalFilter: 1 });
    expect(page.total).toBeGreaterThanOrEqual(1);
    for (const key of [
      'id',
      'createdBy',
      'createdOn',
      'updatedOn',
      'version',
      'name',
      'description',
      'reactivationThreshold',
      'status',
      'manualProcessingTime',
      'manualProcessingTimeUnit',
      'workItemProcessingOrders',
      'workItemModelId',
      'considerReactivationThreshold',
    ]) {
      expect(list[0], key).toHaveProperty(key);
    }
    expect(list[0]).toMatchObject({ id, status: 'NOT_IN_USE', displayColumnIds: [model.attributes[0]?.id] });
    expect((await server.call('GET', `/v4/wlm/queues/${id}`, { token: server.admin })).body).toMatchObject({
      id: Number(id),
      status: 'INACTIVE',
    });
  });

  it('refuse a name twice with 409, an unknown column with 400 that names the known ones', async () => {
    await v3('POST', '/queues', { name: 'Twice', workItemModelId: model.id });
    expect(await v3('POST', '/queues', { name: 'twice', workItemModelId: model.id })).toMatchObject({
      status: 409,
      body: { code: 'DUPLICATE' },
    });
    const unknown = await v3('POST', '/queues', {
      name: 'x',
      workItemModelId: model.id,
      workItemProcessingOrders: ['price'],
    });
    expect(unknown).toMatchObject({ status: 400 });
    expect(unknown.body.details).toContain('invoice_no, amount, due');
  });

  it('take processing orders as names, as names with a direction and as objects', async () => {
    const id = await makeQueue({
      workItemProcessingOrders: ['due', 'amount desc', { columnId: model.attributes[0]?.id, order: 'DESC' }],
    });
    expect((await v3('GET', `/queues/${id}`)).body.workItemProcessingOrders).toEqual([
      'due',
      'amount desc',
      'invoice_no desc',
    ]);
  });

  it('are changed under their version and deleted with 204', async () => {
    const id = await makeQueue();
    expect(await v3('PUT', `/queues/${id}`, { description: 'd', version: 0 })).toMatchObject({
      status: 200,
      body: { description: 'd', version: 1 },
    });
    expect(await v3('PUT', `/queues/${id}`, { description: 'e', version: 0 })).toMatchObject({ status: 409 });
    expect(await v3('DELETE', `/queues/${id}`)).toMatchObject({ status: 204, text: '' });
    expect(await v3('GET', `/queues/${id}`)).toMatchObject({ status: 404 });
  });

  it('take members, participants and consumers in both dialects', async () => {
    const id = await makeQueue();
    expect((await v3('PUT', `/queues/${id}/members/1`, { permissions: ['own', 'manage'] })).body).toEqual({
      id: 1,
      userId: 1,
      role: 'OWNER',
      permissions: ['own', 'manage'],
    });
    const list = await v3('POST', `/queues/${id}/consumers`, [{ id: '2' }, { id: 2 }]);
    expect(list.body).toHaveLength(2);
    expect(list.body[0]).toMatchObject({ id: 2, createdBy: null, version: 0 });
    expect((await v3('POST', `/queues/${id}/consumers`, { roleId: 3 })).body).toMatchObject({
      roleId: 3,
      roleName: 'AAE_Bot Developer',
    });
    expect((await v3('GET', `/queues/${id}/consumers`)).body.map((one: { id: number }) => one.id)).toEqual([2, 3]);
    expect((await v3('POST', `/queues/${id}/participants`, { userId: 1 })).status).toBe(200);
    expect((await v3('POST', `/queues/${id}/consumers`, { roleId: 999 })).status).toBe(404);
  });

  it('show themselves to those they are shared with, and say 404 to others', async () => {
    const id = await makeQueue();
    const { token, roleId } = await server.user([100003]);
    expect((await v3('GET', `/queues/${id}`, undefined, token)).status).toBe(404);
    await v3('POST', `/queues/${id}/consumers`, [{ id: roleId }]);
    expect((await v3('GET', `/queues/${id}`, undefined, token)).status).toBe(200);
    expect(
      (await v3('POST', `/queues/${id}/workitems`, { workItems: [{ json: { invoice_no: 'x' } }] }, token)).status,
    ).toBe(403);
    await v3('POST', `/queues/${id}/participants`, [{ id: roleId }]);
    expect(
      (await v3('POST', `/queues/${id}/workitems`, { workItems: [{ json: { invoice_no: 'x' } }] }, token)).status,
    ).toBe(201);
  });
});

describe('work items', () => {
  it('are added with 201 and a list, numbers as Java prints doubles, a bad value as DATA_ERROR', async () => {
    const queue = await makeQueue();
    const [good, bad] = await add(
      queue,
      { invoice_no: 'A-77', amount: 100, due: '2024-06-30T00:00:00Z' },
      { invoice_no: 'A-78', amount: 'much', due: '' },
    );
    expect(good).toMatchObject({
      status: 'NEW',
      version: 0,
      result: '',
      deviceId: 0,
      deviceUserId: 0,
      col1: 'A-77',
      col2: '100.0',
      col21: '',
      comment: '',
      error: '',
    });
    expect(bad).toMatchObject({ status: 'DATA_ERROR' });
    for (const key of ['json', 'version', 'result', 'updatedBy', 'updatedOn', 'deviceUserId'])
      expect(good).toHaveProperty(key);
    expect((await add(queue, { invoice_no: 'B', amount: 9007199254740991 }))[0].col2).toBe('9.007199254740991E15');
  });

  it.each([
    ['an array of name and value', [{ name: 'invoice_no', value: 'x' }], /object keyed by column name/],
    ['a missing required column', { amount: 1 }, /Required column 'invoice_no' missing in json/],
  ])('are refused with 400 for %s', async (_what, json, message) => {
    const queue = await makeQueue();
    const answer = await v3('POST', `/queues/${queue}/workitems`, { workItems: [{ json }] });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toMatch(message);
  });

  it('are listed by any field, in any spelling of a status, whatever clients put around it', async () => {
    const queue = await makeQueue();
    await add(queue, { invoice_no: 'A', amount: 2 }, { invoice_no: 'B', amount: 10 }, { invoice_no: 'C', amount: 'x' });
    const list = async (body?: unknown) => (await v3('POST', `/queues/${queue}/workitems/list`, body)).body;
    const names = ({ list: items }: { list: { col1: string }[] }) => items.map(({ col1 }) => col1);
    expect(names(await list({ filter: { operator: 'eq', field: 'status', value: 'ERROR' } }))).toEqual(['C']);
    expect(names(await list({ filter: { operator: 'gt', field: 'col2', value: '3' } }))).toEqual(['B']);
    expect(
      names(await list({ sort: [{ field: 'col2', direction: 'DESC' }], page: { Offset: '0', length: '2', total: 9 } })),
    ).toEqual(['B', 'A']);
    expect(
      names(
        await list({
          sort: [
            { field: 'computedStatus', direction: 'asc' },
            { field: 'createdOn', direction: 'asc' },
            { field: 'nonsense', direction: 'asc' },
          ],
        }),
      ),
    ).toHaveLength(3);
    expect(await list({ filter: { operator: 'and', operands: [] }, fields: [], page: { length: 0 } })).toMatchObject({
      page: { total: 3, totalFilter: 3 },
    });
    expect(names(await list())).toHaveLength(3);
    expect(
      await list({ filter: { operator: 'substring', field: 'col1', value: 'a', operands: [] }, page: { offset: 5 } }),
    ).toEqual({ list: [], page: { offset: 5, total: 3, totalFilter: 1 } });
    expect(Object.keys((await list({ fields: ['id', 'status'] })).list[0])).toEqual(['id', 'status']);
    expect(
      await v3('POST', `/queues/${queue}/workitems/list`, { filter: { operator: 'like', field: 'id', value: 1 } }),
    ).toMatchObject({ status: 400 });
    expect(
      await v3('POST', `/queues/${queue}/workitems/list`, { filter: { operator: 'eq', field: 'nonsense', value: 1 } }),
    ).toMatchObject({ status: 400 });
  });

  it('are changed under their version; a stale one is refused with 409 and changes nothing', async () => {
    const queue = await makeQueue();
    const [item] = await add(queue, { invoice_no: 'A' });
    const path = `/queues/${queue}/workitems/${item.id}`;
    expect((await v3('PUT', path, { version: '0', status: 'ON_HOLD', comment: 'later' })).body).toMatchObject({
      status: 'ON_HOLD',
      version: 1,
      comment: 'later',
    });
    expect(await v3('PUT', path, { version: 0, status: 'COMPLETED' })).toMatchObject({
      status: 409,
      body: { code: 'VERSION.STALE' },
    });
    expect((await v3('GET', path)).body).toMatchObject({ status: 'ON_HOLD', version: 1 });
    expect((await v3('PUT', path, { status: 'SUCCESSFUL', result: 'done by hand' })).body).toMatchObject({
      status: 'COMPLETED',
      result: 'done by hand',
    });
    expect((await v3('PUT', path, { status: 'NEW' })).status).toBe(400);
    expect(
      await server.call('PUT', `/v4/wlm${path}`, {
        token: server.admin,
        body: { id: item.id, queueId: Number(queue) },
      }),
    ).toMatchObject({ status: 400 });
    expect(
      await server.call('PUT', `/v4/wlm${path}`, {
        token: server.admin,
        body: { id: item.id + 1, queueId: Number(queue), version: 2 },
      }),
    ).toMatchObject({ status: 400 });
  });

  it('go back in line when their data is corrected', async () => {
    const queue = await makeQueue();
    const [item] = await add(queue, { invoice_no: 'A', amount: 'x' });
    const path = `/queues/${queue}/workitems/${item.id}`;
    expect((await v3('PUT', path, { json: { invoice_no: 'A', amount: 'y' } })).body.status).toBe('DATA_ERROR');
    expect((await v3('PUT', path, { json: { invoice_no: 'A', amount: 7 } })).body).toMatchObject({
      status: 'NEW',
      error: '',
      col2: '7.0',
    });
  });

  it('are set to a status several at once, all or none', async () => {
    const queue = await makeQueue();
    const [a, b] = await add(queue, { invoice_no: 'A' }, { invoice_no: 'B' });
    const set = (status: string, ids: unknown[]) =>
      v3('POST', `/queues/${queue}/workitems/updateStatus`, {
        status,
        ids,
        deferredType: 'INDEFINITELY',
        deferredUntil: null,
      });
    expect((await set('ON_HOLD', [a.id, String(b.id)])).status).toBe(200);
    expect((await set('COMPLETED', [a.id, 999_999])).status).toBe(404);
    expect((await v3('GET', `/queues/${queue}/workitems/${a.id}`)).body.status).toBe('ON_HOLD');
  });

  it('are deleted with 204 and nothing else', async () => {
    const queue = await makeQueue();
    const [a, b, c] = await add(queue, { invoice_no: 'A' }, { invoice_no: 'B' }, { invoice_no: 'C' });
    expect(await v3('DELETE', `/queues/${queue}/workitems/${a.id}`)).toMatchObject({ status: 204, text: '' });
    expect(
      await server.call('POST', `/v2/wlm/queues/${queue}/workitems/delete`, {
        token: server.admin,
        body: [b.id, c.id],
      }),
    ).toMatchObject({ status: 200, body: { deleted: 2 } });
    expect((await v3('POST', `/queues/${queue}/workitems/list`, {})).body.page.total).toBe(0);
  });
});

describe('every call', () => {
  it('may be repeated under an Idempotency-Key, also at the same time; another body under it is refused', async () => {
    const queue = await makeQueue();
    const send = (invoice_no: string) =>
      server.call('POST', `/v3/wlm/queues/${queue}/workitems`, {
        token: server.admin,
        headers: { 'idempotency-key': `k-${queue}` },
        body: { workItems: [{ json: { invoice_no } }] },
      });
    const answers = await Promise.all([send('A'), send('A'), send('A')]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await send('B')).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY.REUSED' } });
    expect((await v3('POST', `/queues/${queue}/workitems/list`, {})).body.page.total).toBe(1);
  });

  it('that is deprecated says so, until when, and what comes instead; its v4 twin does not', async () => {
    const queue = await makeQueue();
    const old = await v3('GET', `/queues/${queue}`);
    expect(old.headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(old.headers.get('sunset')).toMatch(/GMT$/);
    expect(old.headers.get('link')).toBe(`</v4/wlm/queues/${queue}>; rel="successor-version"`);
    expect(
      (await server.call('GET', `/v4/wlm/queues/${queue}`, { token: server.admin })).headers.get('deprecation'),
    ).toBeNull();
  });

  it('works with doubled and trailing slashes, text behind the body, Bearer, and without a Content-Type', async () => {
    const answer = await server.call('POST', '//v3//wlm/queues/list/', {
      headers: { authorization: `Bearer ${server.admin}` },
      body: '{"page":{"length":1}} trailing',
    });
    expect(answer.status).toBe(200);
    expect(answer.body.list).toHaveLength(1);
  });

  it('refuses the one character that cannot be kept, wherever it stands', async () => {
    const queue = await makeQueue();
    for (const json of [
      { invoice_no: 'a\0b' },
      { invoice_no: 'a', more: [{ deep: '\0' }] },
      { invoice_no: 'a', 'k\0': 1 },
    ]) {
      const answer = await v3('POST', `/queues/${queue}/workitems`, { workItems: [{ json }] });
      expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining('NUL') } });
    }
    const listed = await v3('POST', `/queues/${queue}/workitems/list`, {
      filter: { operator: 'eq', field: 'col1', value: '\0' },
    });
    expect(listed.status).toBe(400);
  });

  it.each([
    ['a number beyond every column', { reactivationThreshold: 99_999_999_999 }],
    ['an expiry that is no date', { expiry: { type: 'DATE', date: 'soon' } }],
    ['an expiry without a duration', { expiry: { type: 'DURATION' } }],
    ['a lease below five seconds', { leaseSeconds: 1 }],
  ])('refuses %s with 400', async (_what, settings) => {
    expect(await v3('POST', '/queues', { name: 'x', workItemModelId: model.id, ...settings })).toMatchObject({
      status: 400,
    });
  });

  it('refuses what is nested without end, and lives on', async () => {
    const queue = await makeQueue();
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const answer = await server.call('POST', `/v3/wlm/queues/${queue}/workitems`, {
      token: server.admin,
      body: `{"workItems":[{"json":{"invoice_no":"a","x":${deep}}}]}`,
    });
    expect(answer.status).toBe(400);
    expect((await v3('GET', `/queues/${queue}`)).status).toBe(200);
  });

  it('that nobody knows answers 404 in JSON', async () => {
    for (const path of ['/v9/nothing', '/v3/wlm', '/index.html']) {
      expect(await server.call('GET', path, { token: server.admin })).toMatchObject({
        status: 404,
        body: { code: 'PATH.UNKNOWN', message: expect.any(String), details: expect.any(String) },
      });
    }
  });
});

describe('explain', () => {
  it('says why an item waits, and that it is held, done or unfit', async () => {
    const queue = await makeQueue();
    const [a, b] = await add(queue, { invoice_no: 'A' }, { invoice_no: 'B', amount: 'x' });
    const why = async (id: number) =>
      (await server.call('GET', `/signalbox/v1/explain/work-items/${id}`, { token: server.admin })).body.explanation;
    expect(await why(a.id)).toMatchObject({ reason: 'NO_AUTOMATION' });
    expect(await why(b.id)).toMatchObject({ reason: 'DATA_ERROR' });
    await v3('PUT', `/queues/${queue}/workitems/${a.id}`, { status: 'ON_HOLD', deferredUntil: '2099-01-01' });
    expect(await why(a.id)).toEqual({ reason: 'DEFERRED', text: expect.any(String), next: '2099-01-01T00:00:00Z' });
    const whole = (await server.call('GET', `/signalbox/v1/explain/queues/${queue}`, { token: server.admin })).body;
    expect(whole).toMatchObject({
      total: 2,
      counts: { ON_HOLD: 1, DATA_ERROR: 1, NEW: 0 },
      explanation: { reason: 'EMPTY' },
    });
  });
});
