import { request } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetLeftBlobs } from '../../../apps/control-room/src/kernel/blobs.ts';
import { startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { makeWorkspace, type TestWorkspace } from '../support/robocorp.ts';

let server: TestServer;
let workspace: TestWorkspace;
let other: TestWorkspace;
let key: string;

const READ = 'Assets.read_asset_storage_assets';
const WRITE = 'Assets.write_asset_storage_assets';

beforeAll(async () => {
  server = await startTestServer();
  workspace = await makeWorkspace(server, 'Finance');
  other = await makeWorkspace(server, 'Sales');
  key = await workspace.key(READ, WRITE);
});
afterAll(() => server.stop());

const call = (method: string, path: string, body?: unknown) => workspace.call(key, method, path, { body });

async function make(name: string) {
  const answer = await call('POST', '/assets', { name });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function put(asset: string, contentType: string, content: string | Buffer) {
  const data = Buffer.from(content).toString('base64');
  const answer = await call('POST', `/assets/${asset}/uploads`, { content_type: contentType, data });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

/** As clients fetch it: without any credential. */
async function contentOf(asset: string) {
  const { payload } = (await call('GET', `/assets/${asset}`)).body;
  const response = await fetch(payload.url);
  return { status: response.status, headers: response.headers, text: await response.text(), payload };
}

/** The path as it stands; fetch would tidy it. */
function rawCall(method: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    request({ hostname, port, method, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('an asset', () => {
  it('is empty at first, and holds what was put into it', async () => {
    const made = await make('rates');
    expect(made).toEqual({ id: expect.any(String), name: 'rates', payload: { type: 'empty' } });
    expect((await call('GET', `/assets/${made.id}`)).body).toEqual(made);
    expect(await put(made.id, 'application/json', '{"k":1}')).toEqual({
      id: expect.any(String),
      status: 'completed',
      content_type: 'application/json',
    });
    const { text, headers, payload } = await contentOf('name:rates');
    expect(text).toBe('{"k":1}');
    expect(payload).toEqual({
      type: 'url',
      content_type: 'application/json',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/transfers\//),
    });
    expect(headers.get('content-type')).toBe('application/json');
  });

  it('may hold nothing, which is not the same as being empty', async () => {
    const { id } = await make('nothing');
    await put(id, 'text/plain', '');
    const { text, payload } = await contentOf(id);
    expect([text, payload.content_type]).toEqual(['', 'text/plain']);
  });

  it('is given out so that no browser runs it in the server’s name', async () => {
    const { id } = await make('page.html');
    await put(id, 'text/html', '<script>alert(1)</script>');
    const { headers } = await contentOf(id);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  });

  it('has a name that is its own in the workspace, letter by letter', async () => {
    await make('Once');
    await make('once');
    const again = await call('POST', '/assets', { name: 'once' });
    expect(again.status).toBe(400);
    expect(again.body).toEqual({ error: { code: 'REQUEST_INVALID', message: expect.stringContaining('already') } });
    const elsewhere = await other.call(await other.key(WRITE), 'POST', '/assets', { body: { name: 'once' } });
    expect(elsewhere.status).toBe(200);
  });

  it.each(['', '   ', 'x'.repeat(256), '/a', 'a/', 'a//b', 'a/../b', '.', 'a/uploads', 'a/uploads/b'])(
    'is not called "%s", which no address could name',
    async (name) => {
      expect((await call('POST', '/assets', { name })).status).toBe(400);
    },
  );

  it('goes with its uploads and its addresses', async () => {
    const { id } = await make('short lived');
    await put(id, 'text/plain', 'x');
    const { payload } = (await call('GET', `/assets/${id}`)).body;
    const { upload_url } = (await call('POST', `/assets/${id}/uploads`, { content_type: 'text/plain' })).body;
    expect((await call('DELETE', '/assets/name:short%20lived')).body).toEqual({ id, deleted: true });
    expect((await call('GET', `/assets/${id}`)).status).toBe(404);
    expect((await call('DELETE', `/assets/${id}`)).status).toBe(404);
    expect((await fetch(payload.url)).status).toBe(404);
    expect((await fetch(upload_url, { method: 'PUT', body: 'y' })).status).toBe(404);
  });
});

describe('the address of an asset', () => {
  it('pitfall 5: may write `:` and blanks as they are or encoded', async () => {
    const { id } = await make('a one');
    for (const name of ['name%3Aa%20one', 'name:a%20one', 'name%3aa+one'.replace('+', '%20')]) {
      expect((await call('GET', `/assets/${name}`)).body.id).toBe(id);
    }
  });

  it('takes the slashes of a name as parts of it, encoded or not, down to its uploads', async () => {
    const { id } = await make('dir/sub/file.txt');
    expect((await call('GET', '/assets/name%3Adir/sub/file.txt')).body.id).toBe(id);
    expect((await call('GET', '/assets/name:dir%2Fsub%2Ffile.txt')).body.id).toBe(id);
    const upload = await put('name%3Adir/sub/file.txt', 'text/plain', 'deep');
    expect((await call('GET', `/assets/name%3Adir/sub/file.txt/uploads/${upload.id}/`)).body.status).toBe('completed');
    expect((await contentOf('name:dir/sub/file.txt')).text).toBe('deep');
    expect((await call('DELETE', '/assets/name%3Adir/sub/file.txt')).body).toEqual({ id, deleted: true });
  });

  it('pitfall 4: may end with a slash, on the list, on uploads and on one upload', async () => {
    const made = await call('POST', '/assets/', { name: 'slashes' });
    expect(made.status, made.text).toBe(200);
    const upload = await call('POST', `/assets/${made.body.id}/uploads/`, { content_type: 'text/plain', data: 'aGk=' });
    expect(upload.status, upload.text).toBe(200);
    expect((await call('GET', `/assets/${made.body.id}/uploads/${upload.body.id}/`)).status).toBe(200);
    expect((await call('GET', '/assets/?limit=1')).body.data).toHaveLength(1);
    expect((await call('GET', '/assets/name:slashes/')).body.id).toBe(made.body.id);
  });

  it.each(['name:', 'name:none', 'none', '%00', 'name:%00', "name:';%20drop%20table%20asset", 'name:%FF', 'name%3A%'])(
    'answers 404 or 400 for "%s", never 500',
    async (asset) => {
      expect([400, 404]).toContain(await rawCall('GET', `/v1/workspaces/${workspace.id}/assets/${asset}`));
    },
  );
});

describe('an upload', () => {
  it('of bytes goes to an address of its own, without a key, and is pending until then', async () => {
    const { id } = await make('large');
    const begun = await call('POST', `/assets/${id}/uploads`, { content_type: 'application/octet-stream', data: null });
    expect(begun.body).toEqual({
      id: expect.any(String),
      status: 'pending',
      content_type: 'application/octet-stream',
      upload_url: expect.any(String),
    });
    const status = async () => (await call('GET', `/assets/${id}/uploads/${begun.body.id}`)).body;
    expect(await status()).toEqual({ id: begun.body.id, status: 'pending', content_type: 'application/octet-stream' });
    expect((await call('GET', `/assets/${id}`)).body.payload).toEqual({ type: 'empty' });
    const content = Buffer.alloc(9 * 1024 * 1024, 'abcdefg');
    expect((await fetch(begun.body.upload_url, { method: 'PUT', body: content })).status).toBe(200);
    expect(await status()).toMatchObject({ status: 'completed' });
    expect((await contentOf(id)).text === content.toString()).toBe(true);
  });

  it('pitfall 6: may come as a form with unknown fields first and the file last', async () => {
    const { id } = await make('by form');
    const { upload_url } = (await call('POST', `/assets/${id}/uploads`, { content_type: 'text/csv' })).body;
    const form = new FormData();
    form.set('policy', 'x');
    form.set('x-amz-signature', 'y');
    form.set('file', new Blob(['a,b'], { type: 'text/html' }), 'whatever.html');
    expect((await fetch(upload_url, { method: 'POST', body: form })).status).toBe(204);
    const { text, headers } = await contentOf(id);
    expect([text, headers.get('content-type')]).toEqual(['a,b', 'text/csv']);
  });

  it('may be sent again with the same content, and with no other', async () => {
    const { id } = await make('sent twice');
    const { upload_url } = (await call('POST', `/assets/${id}/uploads`, { content_type: 'text/plain' })).body;
    const send = async (body: string) => (await fetch(upload_url, { method: 'PUT', body })).status;
    expect([await send('one'), await send('one'), await send('two')]).toEqual([200, 200, 409]);
    expect((await contentOf(id)).text).toBe('one');
  });

  it.each([
    { content_type: 'text/plain', data: 'a' },
    { content_type: 'text/plain', data: '***=' },
    { content_type: 'text/plain', data: 'aG=k' },
    { content_type: 'text/plain', data: Buffer.alloc(6_000_000).toString('base64') },
    { content_type: 'text/plain\r\nset-cookie: x=1' },
    { content_type: 'none' },
    { content_type: 'text/plain; name=ä' },
    { data: 'aGk=' },
  ])('is refused with 400 when it is no good, and changes nothing', async (body) => {
    const refused = await call('POST', '/assets/name:rates/uploads', body);
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
    expect((await contentOf('name:rates')).text).toBe('{"k":1}');
  });

  it('of several at once leaves the whole of one', async () => {
    const { id } = await make('contended');
    const contents = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(50_000));
    await Promise.all(contents.map((content) => put(id, 'text/plain', content)));
    expect(contents).toContain((await contentOf(id)).text);
  });

  it('that is done last stays, whichever was begun last', async () => {
    const { id } = await make('overtaken');
    const begin = async () =>
      (await call('POST', `/assets/${id}/uploads`, { content_type: 'text/plain' })).body.upload_url;
    const [first, second] = [await begin(), await begin()];
    await fetch(second, { method: 'PUT', body: 'begun last' });
    await fetch(first, { method: 'PUT', body: 'done last' });
    expect((await contentOf(id)).text).toBe('done last');
  });
});

describe('the list of assets', () => {
  it('pitfall 7: goes on at `next`, a whole address on the origin that the client has called', async () => {
    const mine = await makeWorkspace(server, 'Paged');
    const own = await mine.key(READ, WRITE);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await mine.call(own, 'POST', '/assets', { body: { name } });
    const headers = { 'x-forwarded-host': 'rooms.example', 'x-forwarded-proto': 'https' };
    const first = (await mine.callAsRobot(own, 'GET', '/assets/?limit=2', { headers })).body;
    expect(first).toMatchObject({ has_more: true, data: [{ name: 'a' }, { name: 'b' }] });
    expect(first.next).toMatch(/^https:\/\/rooms\.example\/v1\/workspaces\//);
    const names: string[] = [];
    for (let next = `${server.url}/v1/workspaces/${mine.id}/assets?limit=2`; next !== null; ) {
      const page = (await (await fetch(next, { headers: { authorization: `Bearer ${own}` } })).json()) as {
        next: string;
        has_more: boolean;
        data: { name: string }[];
      };
      names.push(...page.data.map(({ name }) => name));
      expect(page.has_more).toBe(page.next !== null);
      next = page.next;
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (const limit of ['0', '-1', 'x', '1e9', '500']) {
      expect((await mine.call(own, 'GET', `/assets?limit=${limit}`)).status).toBe(limit === 'x' ? 400 : 200);
    }
    expect((await mine.call(own, 'GET', '/assets?cursor=%25')).status).toBe(400);
  });
});

describe('who may', () => {
  it('read needs the one permission, write the other, and a key of this workspace', async () => {
    const reader = await workspace.key(READ);
    const writer = await workspace.key(WRITE);
    const { id } = await make('guarded');
    const upload = await put(id, 'text/plain', 'x');
    const statuses = async (with_: string) =>
      Promise.all(
        [
          ['GET', '/assets'],
          ['GET', `/assets/${id}`],
          ['GET', `/assets/${id}/uploads/${upload.id}`],
          ['POST', `/assets/${id}/uploads`],
          ['DELETE', '/assets/name:none'],
        ].map(async ([method = '', path = '']) => (await workspace.call(with_, method, path)).status),
      );
    expect(await statuses(reader)).toEqual([200, 200, 403, 403, 403]);
    expect(await statuses(writer)).toEqual([403, 403, 200, 400, 404]);
    const stranger = await other.key(READ, WRITE);
    expect(await statuses(stranger)).toEqual([403, 403, 403, 403, 403]);
    expect((await other.call(stranger, 'GET', `/assets/${id}`)).status).toBe(404);
    expect((await other.call(stranger, 'GET', `/assets/${id}/uploads/${upload.id}`)).status).toBe(404);
  });

  it('wrote what is in the audit log, without what it was', async () => {
    const rows = await server.database.database.all(
      sql<{
        action: string;
      }>`select distinct action from audit_entry where subject_type = 'asset' and actor_type = 'key'`,
    );
    expect(rows.map(({ action }) => action).sort()).toEqual([
      'asset.beginUpload',
      'asset.create',
      'asset.delete',
      'asset.putContent',
    ]);
  });
});

describe('a client in the wild', () => {
  it('sets a value for the first time as the storage library does', async () => {
    const as = (method: string, path: string, body?: unknown) => workspace.callAsRobot(key, method, path, { body });
    expect((await as('GET', '/assets/name%3Afirst%20time')).status).toBe(404);
    const { id } = (await as('POST', '/assets/', { name: 'first time' })).body;
    const upload = (await as('POST', `/assets/${id}/uploads/`, { content_type: 'text/plain', data: 'aGVsbG8=' })).body;
    expect((await as('GET', `/assets/${id}/uploads/${upload.id}/`)).body.status).toBe('completed');
    expect((await contentOf('name%3Afirst%20time')).text).toBe('hello');
  });

  it('sends its body without a Content-Type, and keys in another letter case', async () => {
    const answer = await server.call('POST', `/v1/workspaces/${workspace.id}/assets`, {
      headers: { authorization: key, 'content-type': '' },
      body: Buffer.from('{"Name":"sloppy","more":null}'),
    });
    expect(answer.status, answer.text).toBe(200);
  });
});

/** Last, because the administrator's token is over afterwards. */
describe('as time goes by, an upload', () => {
  it('fails when nothing comes within an hour', async () => {
    const { id } = await make('forgotten');
    const { upload_url, id: upload } = (await call('POST', `/assets/${id}/uploads`, { content_type: 'text/plain' }))
      .body;
    await server.advance({ minutes: 61 });
    expect((await call('GET', `/assets/${id}/uploads/${upload}`)).body).toEqual({
      id: upload,
      status: 'failed',
      content_type: 'text/plain',
      reason: expect.any(String),
    });
    expect((await fetch(upload_url, { method: 'PUT', body: 'late' })).status).toBe(404);
  });

  it('leaves what it replaced to those who are reading it for an hour, and not longer', async () => {
    const { id } = await make('replaced');
    await put(id, 'text/plain', 'the old one');
    await put(id, 'text/plain', 'the new one');
    const kept = async (text = 'the old one') =>
      (await server.database.database.all(sql`select 1 from blob where content = ${Buffer.from(text)}`)).length;
    await forgetLeftBlobs(server.room.kernel.database);
    expect(await kept()).toBe(1);
    await server.advance({ minutes: 61 });
    await forgetLeftBlobs(server.room.kernel.database);
    expect(await kept()).toBe(0);
    expect((await contentOf(id)).text).toBe('the new one');
    await call('DELETE', `/assets/${id}`);
    await server.advance({ minutes: 61 });
    await forgetLeftBlobs(server.room.kernel.database);
    expect(await kept('the new one')).toBe(0);
  });
});
