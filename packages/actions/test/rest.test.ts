import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BotCredential, type BotValue } from '@signalbox/taskbot';
import iconv from 'iconv-lite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf, callingHost, serve, type TestServer } from './network-support.ts';
import { act, type TestHost, testHost } from './support.ts';

let server: TestServer;
let host: TestHost;
let last: { method: string; url: string; headers: Readonly<Record<string, unknown>>; body: string };
beforeAll(async () => {
  server = await serve(async (asked, answer) => {
    last = { method: asked.method ?? '', url: asked.url ?? '', headers: asked.headers, body: await bodyOf(asked) };
    if (asked.url === '/missing') answer.writeHead(404).end('{"error":"no such order"}');
    else if (asked.url === '/latin') {
      answer.writeHead(200, { 'content-type': 'text/plain; charset=ISO-8859-1' }).end(iconv.encode('é', 'latin1'));
    } else if (asked.url === '/never') return;
    else answer.writeHead(200, 'Fine', { 'x-seen': 'yes' }).end('{"id":7}');
  });
});
afterAll(() => server.close());
beforeEach(() => {
  host = callingHost();
});

const rest = async (name: string, input: Readonly<Record<string, BotValue>> = {}, on: TestHost = host) => {
  const answer = await act(`Rest.rest${name}`, { uri: `${server.url}/orders?a=1`, ...input }, on);
  if (answer instanceof Map) return answer;
  throw new Error('no dictionary');
};
const row = (name: string, value: BotValue, more: Readonly<Record<string, BotValue>> = {}) =>
  new Map<string, BotValue>([['enabled', true], ['name', name], ['value', value], ...Object.entries(more)]);
const secret = (text: string) => new BotCredential(() => text);

describe('Rest', () => {
  it.each(['Get', 'Post', 'Put', 'Patch', 'Delete'])('%s answers body, status and headers', async (name) => {
    const answer = await rest(name);
    expect(last).toMatchObject({ method: name.toUpperCase(), url: '/orders?a=1' });
    expect(answer.get('Body')).toBe('{"id":7}');
    expect(answer.get('Status Code')).toBe(200);
    expect(answer.get('Reason Phrase')).toBe('Fine');
    expect(answer.get('Headers')).toEqual(expect.any(Map));
    expect((answer.get('Headers') as Map<string, string>).get('x-seen')).toBe('yes');
  });

  it('posts a text as JSON, byte for byte', async () => {
    await rest('Post', { jsonPostParameters: '{ "é": 1 }' });
    expect(last).toMatchObject({ body: '{ "é": 1 }', headers: { 'content-type': 'application/json' } });
  });

  it('posts the content of a credential', async () => {
    await rest('Post', { parameterOption: 'credential', jsonCVParams: secret('{"password":"hunter2"}') });
    expect(last.body).toBe('{"password":"hunter2"}');
  });

  it('takes the address from a credential, and does not show its path', async () => {
    await rest('Get', { uriOption: 'credential', uriCredential: secret(`${server.url}/hook/s3cret`) });
    expect(last.url).toBe('/hook/s3cret');
    const failing = rest('Get', { uriOption: 'credential', uriCredential: secret(`${server.url}/missing`) });
    await expect(failing).rejects.toThrow(/answered 404/);
    await expect(failing).rejects.not.toThrow(/missing/);
  });

  it('sends the headers that are switched on', async () => {
    const customHeaders = [
      row('X-One', '1'),
      row('X-Two', '2', { enabled: 'false' }),
      row('', ''),
      row('X-Key', secret('k')),
    ];
    await rest('Get', { customHeaders });
    expect(last.headers).toMatchObject({ 'x-one': '1', 'x-key': 'k' });
    expect(last.headers).not.toHaveProperty('x-two');
  });

  it.each(['a\r\nb: c', 'a\nb', 'a\0'])('refuses the header value %j, and does not show it', async (value) => {
    const call = rest('Get', { customHeaders: [row('X-A', value)] });
    await expect(call).rejects.toThrow(/"X-A" has characters/);
  });

  it('knows Basic and Bearer', async () => {
    await rest('Get', { authenticationMode: 'Basic', username: 'ada', password: secret('pässword') });
    expect(last.headers.authorization).toBe(`Basic ${Buffer.from('ada:pässword').toString('base64')}`);
    await rest('Get', { authenticationMode: 'BearerToken', token: secret('abc') });
    expect(last.headers.authorization).toBe('Bearer abc');
  });

  it.each(['NTLM', 'Logged-in AD User', 'ControlRoomUserToken', 'Kerberos'])(
    'refuses the mode %s by name',
    async (mode) => {
      await expect(rest('Get', { authenticationMode: mode })).rejects.toThrow(new RegExp(`"${mode}" is not supported`));
    },
  );

  it('sends a form', async () => {
    await rest('Post', {
      headerContentType: 'application/x-www-form-urlencoded',
      formParameters: [row('a b', 'c&d'), row('p', secret('x=y'))],
    });
    expect(last.body).toBe('a+b=c%26d&p=x%3Dy');
    expect(last.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('sends a multipart form with a file, which only a device has', async () => {
    writeFileSync(join(host.folder, 'a.txt'), 'file!');
    const formParameters = [row('note', 'hi'), row('doc', 'a.txt', { type: 'FILE', contentType: 'text/plain' })];
    await rest('Post', { headerContentType: 'multipart/form-data', formParameters });
    const form = await new Response(last.body, {
      headers: { 'content-type': String(last.headers['content-type']) },
    }).formData();
    expect(form.get('note')).toBe('hi');
    const file = form.get('doc');
    expect(file instanceof File && [file.name, file.type, await file.text()]).toEqual(['a.txt', 'text/plain', 'file!']);
    const inTheServer: TestHost = { ...host, run: { ...host.run, workFolder: undefined } };
    await expect(
      rest('Post', { headerContentType: 'multipart/form-data', formParameters }, inTheServer),
    ).rejects.toThrow(/no file system/);
    await expect(rest('Post', { binaryFilePath: '/etc/passwd' }, inTheServer)).rejects.toThrow(/no file system/);
    await expect(rest('Get', { downloadResponse: true, downloadPath: '/tmp/x' }, inTheServer)).rejects.toThrow(
      /no file system/,
    );
  });

  it('sends the bytes of a file', async () => {
    writeFileSync(join(host.folder, 'a.bin'), 'bytes');
    await rest('Put', { headerContentType: 'application/octet-stream', binaryFilePath: 'a.bin' });
    expect(last).toMatchObject({ body: 'bytes', headers: { 'content-type': 'application/octet-stream' } });
  });

  it('sends no body with Delete unless there is one', async () => {
    await rest('Delete');
    expect(last.headers).not.toHaveProperty('content-type');
    await rest('Delete', { jsonPostParameters: '[1]' });
    expect(last.body).toBe('[1]');
  });

  it('fails with what the service said, or captures it', async () => {
    const uri = `${server.url}/missing`;
    await expect(rest('Get', { uri })).rejects.toThrow(/\/missing answered 404 Not Found: {"error":"no such order"}/);
    const answer = await rest('Get', { uri, captureFailureResponse: true });
    expect(answer.get('Status Code')).toBe(404);
    expect(answer.get('Body')).toBe('{"error":"no such order"}');
  });

  it('reads the charset of the answer', async () => {
    expect((await rest('Get', { uri: `${server.url}/latin` })).get('Body')).toBe('é');
  });

  it('keeps an answer in a file', async () => {
    const answer = await rest('Get', { downloadResponse: true, downloadPath: 'out/a.json' });
    expect(answer.get('Body')).toBe(join(host.folder, 'out/a.json'));
    expect(readFileSync(join(host.folder, 'out/a.json'), 'utf8')).toBe('{"id":7}');
    await expect(rest('Get', { downloadResponse: true, downloadPath: 'out/a.json' })).rejects.toThrow(/exists already/);
    expect(existsSync(join(host.folder, 'out/a.json.part'))).toBe(false);
  });

  it('keeps its time limit', async () => {
    await expect(rest('Get', { uri: `${server.url}/never`, timeOut: 100 })).rejects.toThrow(/within 100 milliseconds/);
  });

  it('goes through a proxy of choice', async () => {
    const answer = await rest('Get', {
      uri: 'http://shop.test/x',
      proxyOption: 'CUSTOM',
      proxyHost: '127.0.0.1',
      proxyPort: String(server.port),
    });
    expect(answer.get('Body')).toBe('{"id":7}');
    expect(last.url).toBe('http://shop.test/x');
    await expect(rest('Get', { proxyOption: 'CUSTOM', proxyHost: 'a b', proxyPort: '1' })).rejects.toThrow(
      /for the proxy/,
    );
  });

  it('calls nobody where nothing is allowed', async () => {
    await expect(rest('Get', {}, testHost())).rejects.toThrow(/may make no calls/);
  });
});
