import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            operationId: string;
            summary: string;
            deprecated?: boolean;
            responses: object;
            'x-provenance': string;
            'x-permission': unknown;
          }
        >
      >
    >
  >;
}

describe('the OpenAPI document', () => {
  it('is 3.1 and says of every operation where our knowledge of it comes from and who may call it', async () => {
    const document: OpenApi = (await server.call('GET', '/openapi.json')).body;
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(operations.length).toBeGreaterThan(100);
    for (const operation of operations) {
      expect(['documented', 'observed', 'inferred', 'extension'], operation.operationId).toContain(
        operation['x-provenance'],
      );
      expect(operation['x-permission'], operation.operationId).toBeDefined();
      expect(operation.summary, operation.operationId).toBeTruthy();
    }
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(document.paths['/v3/wlm/queues/{id}']?.get).toMatchObject({ deprecated: true });
    expect(document.paths['/v4/wlm/queues/{id}']?.get).not.toHaveProperty('deprecated');
  });

  it('has a page to read and try it, that loads nothing from elsewhere', async () => {
    const page = await server.call('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.text).toContain('openapi.json');
    expect([...page.text.matchAll(/(?:src|href)="(https?:[^"]+)"/g)].map(([, url]) => url)).toEqual([]);
  });
});

describe('for operators', () => {
  it('there are liveness, readiness and metrics without a token', async () => {
    expect(await server.call('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'live' } });
    expect(await server.call('GET', '/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
    const metrics = await server.call('GET', '/metrics');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(metrics.text).toMatch(/signalbox_http_request_duration_seconds_count\{.*operation="ready".*\} 1/);
  });

  it('the metrics tell how much waits in each queue', async () => {
    const send = async (path: string, body: object) =>
      (await server.call('POST', path, { token: server.admin, body })).body;
    const model = await send('/v4/wlm/workitemmodels', { name: 'm', attributes: [{ name: 'a', type: 'TEXT' }] });
    const queue = await send('/v4/wlm/queues', { name: 'q', workItemModelId: model.id });
    await send(`/v4/wlm/queues/${queue.id}/workitems`, { workItems: [{ json: { a: '1' } }, { json: { a: '2' } }] });
    const { text } = await server.call('GET', '/metrics');
    expect(text).toContain(`signalbox_work_items_waiting{queue="${queue.id}"} 2`);
    expect(text).toContain(`signalbox_work_items_leased{queue="${queue.id}"} 0`);
  });

  it('every answer carries the headers that browsers and proxies obey', async () => {
    const { headers } = await server.call('GET', '/health/live');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': expect.stringContaining('no-store'),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
    });
  });
});
