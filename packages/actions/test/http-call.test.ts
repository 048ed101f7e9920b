import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpRequest, httpCall } from '../src/network/index.ts';
import { bodyOf, callingHost, listening, serve, type TestServer } from './network-support.ts';
import { testHost } from './support.ts';

const open: TestServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});
const started = async (starting: Promise<TestServer>) => {
  const server = await starting;
  open.push(server);
  return server;
};

const request = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  headers: [],
  timeout: 5000,
  ...more,
});
const call = (what: HttpRequest, host = callingHost(), resolve?: (name: string) => Promise<string[]>) =>
  httpCall(
    what,
    host,
    async ({ status, headers, body }) => ({
      status,
      headers,
      text: Buffer.concat(await Array.fromAsync(body)).toString(),
    }),
    resolve,
  );

describe('a call', () => {
  it('brings the answer', async () => {
    const server = await started(
      serve(async (asked, answer) => answer.end(`${asked.method} ${asked.url} ${await bodyOf(asked)}`)),
    );
    const answer = await call(request(`${server.url}/a?b=c`, { method: 'PUT', body: Buffer.from('hello') }));
    expect(answer).toMatchObject({ status: 200, text: 'PUT /a?b=c hello' });
  });

  it('goes nowhere where no calls are allowed', async () => {
    const server = await started(serve((_, answer) => answer.end()));
    await expect(call(request(server.url), testHost())).rejects.toThrow(/may make no calls/);
    await expect(call(request(server.url), callingHost(['public']))).rejects.toThrow(/refused.*loopback/);
    expect(server.connections()).toBe(0);
  });

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://127.0.0.1', 'not an address', ''])(
    'refuses %o',
    async (url) => {
      await expect(call(request(url))).rejects.toThrow(/Expected a web address/);
    },
  );

  it.each(['http://0x7f000001', 'http://2130706433', 'http://127.1', 'http://[::ffff:127.0.0.1]'])(
    'sees through %s',
    async (origin) => {
      const server = await started(serve((_, answer) => answer.end()));
      await expect(call(request(`${origin}:${server.port}/`), callingHost(['public']))).rejects.toThrow(/loopback/);
      expect(server.connections()).toBe(0);
    },
  );

  it('connects to an allowed address of a name, and asks for the name once', async () => {
    const server = await started(serve((asked, answer) => answer.end(asked.headers.host)));
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return asked.length === 1 ? ['169.254.169.254', '127.0.0.1'] : ['169.254.169.254'];
    };
    const { text } = await call(request(`http://shop.test:${server.port}/`), callingHost(), resolve);
    expect(text).toBe(`shop.test:${server.port}`);
    expect(asked).toEqual(['shop.test']);
  });

  it('refuses a name that resolves to a forbidden address only', async () => {
    const attempt = call(request('http://innocent.test/'), callingHost(), async () => ['169.254.169.254', 'fe80::1']);
    await expect(attempt).rejects.toThrow(/"innocent.test" is refused: 169.254.169.254/);
  });

  it('says that a name is unknown', async () => {
    const resolve = async () => Promise.reject(new Error('ENOTFOUND'));
    await expect(call(request('http://nowhere.test/'), callingHost(), resolve)).rejects.toThrow(/was not found/);
  });

  it('says that nobody listens', async () => {
    const server = await serve(() => {});
    await server.close();
    await expect(call(request(server.url))).rejects.toThrow(/nobody listens/);
  });
});

describe('a redirect', () => {
  it('to a forbidden address is refused before a connection is made', async () => {
    const server = await started(
      serve((_, answer) =>
        answer.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end('x'.repeat(1e6)),
      ),
    );
    const begun = performance.now();
    await expect(call(request(server.url))).rejects.toThrow(/169.254.169.254.*no bot may call/);
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it('by name is resolved and judged like the first', async () => {
    const server = await started(
      serve((_, answer) => answer.writeHead(307, { location: 'http://inside.test/' }).end()),
    );
    const resolve = async () => ['fd00:ec2::254'];
    await expect(call(request(server.url), callingHost(), resolve)).rejects.toThrow(/"inside.test" is refused/);
  });

  it('to another origin leaves secrets behind, to the same one takes them along', async () => {
    const seen: string[] = [];
    const second = await started(serve((asked, answer) => answer.end(JSON.stringify(asked.headers))));
    const first = await started(
      serve((asked, answer) => {
        seen.push(`${asked.url} ${asked.headers.authorization}`);
        answer.writeHead(302, { location: asked.url === '/a' ? '/b' : `${second.url}/c` }).end();
      }),
    );
    const headers = [
      ['Authorization', 'Bearer t'],
      ['Cookie', 'a=b'],
      ['X-API-Key', 'k'],
      ['X-Trace', '7'],
    ] as const;
    const { text } = await call(request(`${first.url}/a`, { headers }));
    expect(seen).toEqual(['/a Bearer t', '/b Bearer t']);
    const received = JSON.parse(text);
    expect(received).toMatchObject({ 'x-trace': '7' });
    expect(Object.keys(received)).not.toEqual(expect.arrayContaining(['authorization']));
    expect(text).not.toMatch(/Bearer|a=b|"k"/);
  });

  it.each([
    [301, 'POST', 'GET '],
    [303, 'PUT', 'GET '],
    [307, 'POST', 'POST x'],
    [308, 'PUT', 'PUT x'],
    [302, 'PUT', 'PUT x'],
  ])('of %i turns %s into %s', async (status, method, expected) => {
    const server = await started(
      serve(async (asked, answer) => {
        if (asked.url === '/') answer.writeHead(status, { location: '/next' }).end();
        else answer.end(`${asked.method} ${await bodyOf(asked)}${asked.headers['content-type'] ?? ''}`);
      }),
    );
    expect((await call(request(server.url, { method, body: Buffer.from('x') }))).text).toBe(expected);
  });

  it('without end ends', async () => {
    const server = await started(serve((_, answer) => answer.writeHead(302, { location: '/' }).end()));
    await expect(call(request(server.url))).rejects.toThrow(/more than 10 times/);
    expect(server.connections()).toBe(11);
  });

  it('to another scheme is refused', async () => {
    const server = await started(serve((_, answer) => answer.writeHead(302, { location: 'file:///etc/passwd' }).end()));
    await expect(call(request(server.url))).rejects.toThrow(/not a web address/);
  });
});

describe('an answer', () => {
  it('of 200 MB is refused at the bound, and not read to its end', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const server = await started(
      serve((_, answer) => {
        const more = () => {
          while (sent < 200 && !answer.destroyed) {
            sent += 1;
            if (!answer.write(chunk)) return void answer.once('drain', more);
          }
          answer.end();
        };
        more();
      }),
    );
    await expect(call(request(server.url, { timeout: 20_000 }))).rejects.toThrow(/larger than 50 MB/);
    expect(sent).toBeLessThan(120);
  });

  it('that says it is too large is not begun', async () => {
    const server = await started(
      serve((_, answer) => answer.writeHead(200, { 'content-length': String(60 * 1024 * 1024) }).flushHeaders()),
    );
    await expect(call(request(server.url))).rejects.toThrow(/larger than 50 MB/);
  });

  it('that swells when unpacked is refused at the bound', async () => {
    const bomb = gzipSync(Buffer.alloc(30 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(40_000);
    const server = await started(serve((_, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)));
    await expect(call(request(server.url, { most: 5 * 1024 * 1024 }))).rejects.toThrow(/larger than 5 MB/);
  });

  it('is unpacked', async () => {
    const server = await started(
      serve((_, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello'))),
    );
    expect((await call(request(server.url))).text).toBe('hello');
  });

  it('that is not packed as it says is a fault', async () => {
    const server = await started(
      serve((asked, answer) =>
        answer.writeHead(200, { 'content-encoding': asked.url === '/z' ? 'zip' : 'gzip' }).end('x'),
      ),
    );
    await expect(call(request(server.url))).rejects.toThrow(/not compressed in the way/);
    await expect(call(request(`${server.url}/z`))).rejects.toThrow(/"zip", which is not known/);
  });

  it('that does not come is not waited for', async () => {
    const server = await started(serve(() => {}));
    await expect(call(request(`${server.url}/slow?key=secret`, { timeout: 150 }))).rejects.toThrow(
      /\/slow did not answer within 150 milliseconds/,
    );
  });

  it('that stops in the middle is not waited for', async () => {
    const server = await started(serve((_, answer) => void answer.write('half')));
    await expect(call(request(server.url, { timeout: 150 }))).rejects.toThrow(/within 150 milliseconds/);
  });

  it('is left when the run is stopped', async () => {
    const host = callingHost();
    const server = await started(
      serve((_, answer) => {
        answer.write('half');
        host.stop();
      }),
    );
    await expect(call(request(server.url), host)).rejects.toThrow(/the run was stopped/);
  });
});

describe('a proxy', () => {
  const proxied = async () => {
    const seen: string[] = [];
    const server = createServer((asked, answer) => {
      seen.push(`${asked.method} ${asked.url} ${asked.headers['proxy-authorization']}`);
      answer.end('through');
    });
    server.on('connect', (asked, socket, head) => {
      seen.push(`CONNECT ${asked.url}`);
      const port = Number(asked.url?.split(':')[1]);
      const target = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.write(head);
        target.pipe(socket).pipe(target);
      });
      for (const each of [socket, target]) each.on('error', () => {});
    });
    const proxy = await started(listening(server, 'http'));
    return { seen, proxy: { host: '127.0.0.1', port: proxy.port, user: 'ada', password: 'pw' } };
  };

  it('is asked for plain addresses, with its password', async () => {
    const { seen, proxy } = await proxied();
    expect((await call(request('http://shop.test/x', { proxy }))).text).toBe('through');
    expect(seen).toEqual([`GET http://shop.test/x Basic ${Buffer.from('ada:pw').toString('base64')}`]);
  });

  it('is an address that must be allowed, and so is a numeric target behind it', async () => {
    const { seen, proxy } = await proxied();
    await expect(call(request('http://shop.test/', { proxy }), callingHost(['public']))).rejects.toThrow(/loopback/);
    await expect(call(request('http://169.254.169.254/', { proxy }))).rejects.toThrow(/no bot may call/);
    expect(seen).toEqual([]);
  });

  it('makes a tunnel for secure addresses', async () => {
    const { seen, proxy } = await proxied();
    const secure = await started(secureServer());
    const url = `https://localhost:${secure.port}/`;
    await expect(call(request(url, { proxy }))).rejects.toThrow(/certificate is not to be trusted/);
    expect((await call(request(url, { proxy, allowInsecureConnection: true }))).text).toBe('secure');
    expect(seen.at(-1)).toBe(`CONNECT localhost:${secure.port}`);
  });
});

describe('TLS', () => {
  it('wants a certificate to be trusted, unless the bot does not', async () => {
    const server = await started(secureServer());
    await expect(call(request(server.url))).rejects.toThrow(/certificate is not to be trusted/);
    expect((await call(request(server.url, { allowInsecureConnection: true }))).text).toBe('secure');
  });

  it('is missed where plain HTTP is spoken', async () => {
    const server = await started(serve((_, answer) => answer.end()));
    await expect(call(request(server.url.replace('http:', 'https:')))).rejects.toThrow(/does not speak TLS/);
  });
});

const secureServer = async (): Promise<TestServer> =>
  listening(
    createTlsServer(CERTIFICATE, (_, answer) => answer.end('secure')),
    'https',
  );

/* Signed by itself, for localhost, made for these tests only. */
const CERTIFICATE = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6gNgVL+1uSSt0R4i
0Or+3zY+vilCiM9bKM0DnHSG7NahRANCAAQWRA/Yy6Z1tCmK9bmWk+oYoenCkb2Z
po4qYbMRxlnJLontn+4K6T1EnqARTFZj6uUQyVUMCrHobmFgAAkbNfF3
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUQbQx4CcRVabJ4IUMdeogqFEihwYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjA1MDYyMloYDzIxMjYxMDI5
MDUwNjIyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQWRA/Yy6Z1tCmK9bmWk+oYoenCkb2Zpo4qYbMRxlnJLontn+4K6T1E
nqARTFZj6uUQyVUMCrHobmFgAAkbNfF3o1MwUTAdBgNVHQ4EFgQUoS6+teokWjvz
bBLjbb0Qvb/XZtowHwYDVR0jBBgwFoAUoS6+teokWjvzbBLjbb0Qvb/XZtowDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiANSoh5XeGEBPoV/zqKYm0s
IOW9kFL5xLlv6ZNXpzk5XQIgZ60HBgcfMmo26hfr6gGFgaFAeCeBt13iXsHlYSg1
h/k=
-----END CERTIFICATE-----
`,
};
