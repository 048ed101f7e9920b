import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const call = (method: string, path: string, body?: unknown, token = server.admin) =>
  server.call(method, `/signalbox/v1/global-values${path}`, { token, ...(body === undefined ? {} : { body }) });

describe('global values', () => {
  it('are made, read, changed under their version, listed and deleted', async () => {
    const made = await call('POST', '', { name: 'BasePath', description: 'of reports', value: '/srv/reports' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: 'BasePath',
      version: 0,
      value: { type: 'STRING', string: '/srv/reports' },
    });
    const path = `/${made.body.id}`;
    const changed = await call('PUT', path, { value: { type: 'NUMBER', number: '12.5' }, version: 0 });
    expect(changed.body).toMatchObject({ name: 'BasePath', version: 1, value: { type: 'NUMBER', number: '12.5' } });
    expect((await call('PUT', path, { description: 'late', version: 0 })).status).toBe(409);
    const listed = await call('POST', '/list', { filter: { operator: 'eq', field: 'type', value: 'number' } });
    expect(listed.body.list).toMatchObject([{ id: made.body.id, description: 'of reports' }]);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });

  it('have a name once, whatever its letters', async () => {
    expect((await call('POST', '', { name: 'Mail', value: 'a' })).status).toBe(201);
    expect((await call('POST', '', { name: 'MAIL', value: 'b' })).status).toBe(409);
  });

  it.each([
    [{ name: 'with blank', value: 'x' }, /name/],
    [{ name: 'a$b', value: 'x' }, /name/],
    [{ name: 'noType', value: { string: 'x' } }, /type/],
    [{ name: 'odd', value: { type: 'CREDENTIAL', credential: { name: 'x' } } }, /type/],
    [{ name: 'noNumber', value: { type: 'NUMBER', number: 'many' } }, /cannot be read/],
  ])('refuse %j', async (body, message) => {
    const answer = await call('POST', '', body);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toMatch(message);
  });

  it('are seen by those who may, and changed by others than these', async () => {
    const reader = await server.user([100090], 'reader');
    const stranger = await server.user([], 'nobody');
    expect((await call('POST', '/list', {}, reader.token)).status).toBe(200);
    expect((await call('POST', '', { name: 'Mine', value: 'x' }, reader.token)).status).toBe(403);
    expect((await call('POST', '/list', {}, stranger.token)).status).toBe(403);
  });
});
