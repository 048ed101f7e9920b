import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service that repeats the password it was sent, in many spellings, as services do in their error texts. */
export interface Echo {
  readonly url: string;
  /** Refuses, with the password in the reason. */
  readonly refusing: string;
  /** Each password that came, in clear. */
  readonly passwords: string[];
  close(): void;
}

export async function openEcho(): Promise<Echo> {
  const passwords: string[] = [];
  const server = createServer((request, response) => {
    const header = request.headers.authorization ?? '';
    const password = Buffer.from(header.replace('Basic ', ''), 'base64')
      .toString()
      .replace(/^[^:]*:/, '');
    passwords.push(password);
    response.statusCode = request.url === '/refuse' ? 403 : 200;
    if (response.statusCode === 403) response.statusMessage = `no ${encodeURIComponent(password)}`;
    response.end(
      JSON.stringify({ header, password, url: encodeURIComponent(password), again: JSON.stringify({ password }) }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    refusing: `${url}/refuse`,
    passwords,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** With all that texts are cut at: regular expressions, quotes, escapes, a URL's signs, letters of two bytes; a quote at its end. */
export const AWKWARD_SECRET = 'a.*b$1"\\/+&=?%ü€ end"';

/** What programs make of it on its way. */
export const FORMS_OF_SECRET = [
  AWKWARD_SECRET,
  JSON.stringify(AWKWARD_SECRET).slice(1, -1),
  JSON.stringify(JSON.stringify(AWKWARD_SECRET)).slice(3, -3),
  encodeURIComponent(AWKWARD_SECRET),
  Buffer.from(AWKWARD_SECRET).toString('base64'),
  Buffer.from(AWKWARD_SECRET).toString('base64url'),
  Buffer.from(`ada:${AWKWARD_SECRET}`).toString('base64'),
];
