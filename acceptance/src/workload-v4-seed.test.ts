import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { openApiJudge } from './support/openapi-judge.ts';

/** The seed's OpenAPI document (seed 001) judges every answer of the v4 workload calls. */
const judge = openApiJudge('workload-management-v4.openapi.yaml');
const judged = new Set<string>();
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function call(
  method: string,
  template: string,
  params: Readonly<Record<string, unknown>>,
  body?: unknown,
  token: string | undefined = server.admin,
) {
  const path = template.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
  const answer = await server.call(method, `/v4/wlm${path}`, { token, body });
  judge.check(method, template, answer.status, answer.body);
  judged.add(`${method} ${template}`);
  return answer;
}

describe('the v4 workload calls answer as the seed has them', () => {
  let model: number;
  let queue: number;

  it('when they do what they are asked', async () => {
    const created = await call(
      'POST',
      '/workitemmodels',
      {},
      {
        name: 'Invoice',
        attributes: [
          { name: 'no', type: 'TEXT', isRequired: true },
          { name: 'amount', type: 'NUMBER' },
          { name: 'paid', type: 'BOOLEAN' },
        ],
      },
    );
    expect(created.status).toBe(200);
    model = created.body.id;
    await call('GET', '/workitemmodels/{id}', { id: model });
    queue = (
      await server.call('POST', '/v4/wlm/queues', {
        token: server.admin,
        body: {
          name: 'Invoices',
          workItemModelId: model,
          expiry: { type: 'DURATION', duration: 3, durationUnit: 'DAYS' },
          workItemProcessingOrders: ['amount'],
        },
      })
    ).body.id;
    expect((await call('GET', '/queues/{id}', { id: queue })).body).toMatchObject({
      status: 'INACTIVE',
      workItemProcessingOrders: ['amount'],
    });
    expect((await call('POST', '/queues/{id}/consumers', { id: queue }, { roleId: 2 })).body).toMatchObject({
      roleId: 2,
      roleName: 'AAE_Basic',
    });
    expect((await call('POST', '/queues/{id}/participants', { id: queue }, { userId: 1 })).status).toBe(200);
    expect(
      (await call('PUT', '/queues/{id}/members/{userId}', { id: queue, userId: 1 }, { role: 'OWNER' })).body,
    ).toMatchObject({ userId: 1, role: 'OWNER' });
    const form = new FormData();
    form.set('file', new Blob(['no,amount\nA,1\nB,x\n']), 'items.csv');
    expect((await call('POST', '/queues/{id}/file', { id: queue }, form)).body).toMatchObject({
      read: 2,
      loaded: 2,
      wrong: 1,
    });
  });

  it('through the whole life of an item', async () => {
    const added = await server.call('POST', `/v4/wlm/queues/${queue}/workitems`, {
      token: server.admin,
      body: { workItems: [{ json: { no: 'C', amount: 3 } }] },
    });
    expect(added.status).toBe(201);
    let item = added.body.list[0];
    const change = async (status: string, more = {}) => {
      const answer = await call(
        'PUT',
        '/queues/{id}/workitems/{workItemId}',
        { id: queue, workItemId: item.id },
        { id: item.id, queueId: queue, version: item.version, status, ...more },
      );
      expect(answer.status).toBe(200);
      expect(answer.body.version).toBe(item.version + 1);
      item = answer.body;
    };
    await change('DEFERRED', { deferredUntil: '2099-01-01T00:00:00Z' });
    expect(item).toMatchObject({ status: 'DEFERRED', deferredUntil: '2099-01-01T00:00:00Z' });
    await change('NEW');
    await change('IN_PROGRESS');
    await change('FAILED', { result: 'FAILURE' });
    expect(item).toMatchObject({ status: 'FAILED', result: 'FAILURE' });
    await change('COMPLETE', { result: 'SUCCESS' });
    expect(item).toMatchObject({ status: 'COMPLETE', result: 'SUCCESS', col1: 'C', col2: '3.0' });
  });

  it.each([
    ['GET', '/workitemmodels/{id}', undefined],
    ['GET', '/queues/{id}', undefined],
    ['POST', '/queues/{id}/consumers', { roleId: 2 }],
    ['POST', '/queues/{id}/participants', { userId: 1 }],
    ['PUT', '/queues/{id}/members/{userId}', { role: 'OWNER' }],
    ['PUT', '/queues/{id}/workitems/{workItemId}', { id: 1, queueId: 1, version: 0 }],
    ['POST', '/queues/{id}/file', new FormData()],
  ])('%s %s: 404 when it is not there, 401 without a token', async (method, template, body) => {
    const params = { id: 999_999, userId: 1, workItemId: 1 };
    expect((await call(method, template, params, body)).status).toBe(404);
    expect((await call(method, template, params, body, '')).status).toBe(401);
  });

  it.each([
    ['POST', '/workitemmodels', { name: 'no attributes' }],
    ['POST', '/queues/{id}/consumers', {}],
    ['POST', '/queues/{id}/participants', {}],
    ['PUT', '/queues/{id}/members/{userId}', { role: 'KING' }],
    ['PUT', '/queues/{id}/workitems/{workItemId}', { status: 'COMPLETE' }],
    ['POST', '/queues/{id}/file', 'not a form'],
  ])('%s %s: 400 when the body is wrong', async (method, template, body) => {
    const { list } = (
      await server.call('POST', `/v4/wlm/queues/${queue}/workitems/list`, { token: server.admin, body: {} })
    ).body;
    expect((await call(method, template, { id: queue, userId: 1, workItemId: list[0].id }, body)).status).toBe(400);
  });

  it('and none of the seed’s operations was left out', () => {
    expect([...judged].sort()).toEqual([...judge.operations].sort());
  });
});
