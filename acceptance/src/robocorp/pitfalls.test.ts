import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../../apps/control-room/test-support/server.ts';
import { type ProcessEstate, type RobotByHand, startProcessEstate } from '../support/processes-by-hand.ts';

/** Contract robocorp §12: what real clients do that servers stumble over, by its numbers. */
let estate: ProcessEstate;
let server: TestServer;
let robot: RobotByHand;
let item: string;
let data: string;

beforeAll(async () => {
  estate = await startProcessEstate();
  ({ server } = estate);
  const process = await estate.newProcess();
  await estate.start(process, { type: 'with_payloads', payloads: [{ n: 1 }, { n: 2 }] });
  robot = await estate.nextRobot();
  item = robot.environment.RC_WORKITEM_ID ?? '';
  data = `/json-v1/workspaces/${estate.workspace.id}/workitems/${item}`;
});
afterAll(() => server.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const keyed = (headers: Record<string, string> = {}) => ({ authorization: `RC-WSKEY ${estate.key}`, ...headers });
const api = (path: string): string => `/api/v1/workspaces/${estate.workspace.id}${path}`;

/** fetch() names a Content-Type by itself for texts, and none for bytes. */
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the pitfall', () => {
  it('no. 1: an empty body that says it is JSON is none', async () => {
    expect((await robot.call('PUT', `${data}/data`, { headers: JSON_TYPE })).status).toBe(200);
    expect((await robot.data()).text).toBe('null');
    const form = await robot.call('POST', `${data}/files`, { body: { fileName: 'a', fileSize: 1 } });
    const body = new FormData();
    body.set('file', new Blob(['x']), 'a');
    await server.call('POST', new URL(form.body.url).pathname, { body });
    const [file] = (await robot.call('GET', `${data}/files`)).body;
    expect((await robot.call('DELETE', `${data}/files/${file.fileId}`, { headers: JSON_TYPE })).status).toBe(200);
    await robot.release(item, 'COMPLETED');
    expect(await robot.reserve()).not.toBeNull();
    const process = await estate.newProcess();
    const started = await server.call('POST', api(`/processes/${process.id}/process-runs`), {
      headers: keyed(JSON_TYPE),
    });
    expect(started.body).toEqual({ started: true, id: expect.any(String) });
  });

  it('no. 2: JSON without a Content-Type is JSON', async () => {
    const process = await estate.newProcess();
    const path = `/process-v1/workspaces/${estate.workspace.id}/processes/${process.id}`;
    const asked = await server.call('POST', `${path}/run-request`, {
      headers: keyed(),
      body: bytes('{"type":"default"}'),
    });
    expect(asked.body.workItemIds).toHaveLength(1);
    const upload = `${path}/work-items/${asked.body.workItemIds[0]}/files/upload`;
    const form = await server.call('POST', upload, { headers: keyed(), body: bytes('{"fileName":"a","fileSize":1}') });
    expect(form.body).toEqual({ url: expect.any(String), fields: expect.any(Object) });
  });

  it.each(['"text"', '3', 'true', 'null', '[]'])('no. 3: %s is a whole body', async (json) => {
    const process = await estate.newProcess();
    const path = `/process-v1/workspaces/${estate.workspace.id}/processes/${process.id}`;
    const run = await server.call('POST', `${path}/runs`, { headers: keyed(JSON_TYPE), body: json });
    const whole = await server.call('GET', `${path}/work-items/${run.body.workItemIds[0]}?includeData=true`, {
      headers: keyed(),
    });
    expect(whole.body.payload).toEqual(JSON.parse(json));
  });

  it('no. 4: a slash at the end changes nothing', async () => {
    const made = await server.call('POST', api('/assets/'), { headers: keyed(JSON_TYPE), body: { name: 'slashed' } });
    expect(made.status).toBe(200);
    expect((await server.call('GET', api('/assets/'), { headers: keyed() })).body.data).toHaveLength(1);
    const upload = await server.call('POST', api(`/assets/${made.body.id}/uploads/`), {
      headers: keyed(JSON_TYPE),
      body: { content_type: 'text/plain', data: 'aGk=' },
    });
    const polled = await server.call('GET', api(`/assets/${made.body.id}/uploads/${upload.body.id}/`), {
      headers: keyed(),
    });
    expect(polled.body.status).toBe('completed');
  });

  it('no. 5: the name of an asset may be encoded or not', async () => {
    await server.call('POST', api('/assets'), { headers: keyed(JSON_TYPE), body: { name: 'a one' } });
    for (const form of ['name%3Aa%20one', 'name:a%20one', 'name%3Aa%20one/'])
      expect((await server.call('GET', api(`/assets/${form}`), { headers: keyed() })).body.name, form).toBe('a one');
  });

  it('no. 6: a form with fields that nobody asked for, and a bare PUT, both without Authorization', async () => {
    const asset = (await server.call('POST', api('/assets'), { headers: keyed(), body: { name: 'large' } })).body;
    const begin = () =>
      server.call('POST', api(`/assets/${asset.id}/uploads`), {
        headers: keyed(),
        body: { content_type: 'text/plain' },
      });
    const put = (await begin()).body.upload_url;
    expect((await fetch(put, { method: 'PUT', body: 'put' })).ok).toBe(true);
    const posted = (await begin()).body.upload_url;
    const form = new FormData();
    form.set('x-amz-algorithm', 'AWS4');
    form.set('policy', 'e30=');
    form.set('file', new Blob(['posted']), 'a.txt');
    expect((await fetch(posted, { method: 'POST', body: form })).ok).toBe(true);
    const read = await server.call('GET', api(`/assets/${asset.id}`), { headers: keyed() });
    expect(await (await fetch(read.body.payload.url)).text()).toBe('posted');
  });

  it('no. 6: a large body without a ticket is refused before it has been sent', async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        // Slowly, so that an answer can come in between.
        await new Promise((resolve) => setTimeout(resolve, 5));
        sent += 65_536;
        if (sent > 50_000_000) controller.close();
        else controller.enqueue(new Uint8Array(65_536));
      },
    });
    const answer = await fetch(`${server.url}/transfers/none`, { method: 'PUT', body, duplex: 'half' } as RequestInit);
    expect(answer.status).toBe(404);
    expect(sent).toBeLessThan(10_000_000);
  });

  it('no. 7: next leads where the client came from, also behind a proxy', async () => {
    const process = await estate.newProcess();
    for (let i = 0; i < 2; i++) await estate.start(process);
    const list = (headers: Record<string, string>) =>
      server.call('GET', api(`/process-runs?process_id=${process.id}&limit=1`), { headers: keyed(headers) });
    expect((await list({})).body.next).toMatch(`${server.url}/api/v1/workspaces/`);
    const behind = await list({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'robots.example' });
    expect(behind.body.next).toMatch('https://robots.example/api/v1/workspaces/');
    const odd = await list({ 'x-forwarded-host': 'a b"c' });
    expect(odd.body.next).toMatch(`${server.url}/`);
  });

  it('no. 8: a tool that insists on https takes this server by 127.0.0.1, and is answered with it', async () => {
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    expect(robot.environment.RC_API_URL_V1).toBe(`${server.url}/v1/`);
  });

  it('no. 9: a run that waits is not PENDING for the old callers', async () => {
    const process = await estate.newProcess();
    const path = `/process-v1/workspaces/${estate.workspace.id}/processes/${process.id}`;
    const { id } = (await server.call('POST', `${path}/runs`, { headers: keyed(), body: {} })).body;
    const run = await server.call('GET', `${path}/runs/${id}`, { headers: keyed() });
    expect(['INI', 'IND', 'IP']).toContain(run.body.state);
  });

  it('no. 10: what may be null is there as null', async () => {
    const process = await estate.newProcess();
    const item = await estate.post('/work-items', { process: { id: process.id }, payload: null });
    expect(item).toMatchObject({ process_run: null, step_run: null, exception: null, payload: null });
    const run = await estate.get(`/process-runs/${await estate.start(process)}`);
    expect(Object.keys(run).sort()).toEqual(
      ['created_at', 'duration', 'ended_at', 'id', 'process', 'started_at', 'started_by', 'state'].sort(),
    );
    expect(run.ended_at).toBeNull();
    expect(run.started_by.details).toBeNull();
  });
});
