import { isIP, type LookupFunction } from 'node:net';
import { BotError, type Host } from '@signalbox/taskbot';
import type { Dispatcher } from 'undici';
import { ACCEPTED_ENCODINGS, boundedBody, tooLarge } from './body.ts';
import { callFault } from './call-fault.ts';
import { type Headers, withoutBodyHeaders, withoutSecretHeaders } from './headers.ts';
import { allowedAddresses, portOf, type Resolve, systemResolve } from './reachable.ts';

export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body?: Uint8Array;
  /** Milliseconds for the whole call, redirects and the reading of the answer included. */
  readonly timeout: number;
  /** Takes any certificate. */
  readonly allowInsecureConnection?: boolean;
  readonly proxy?: HttpProxy;
  /** The most bytes to read of the answer, after decompression. */
  readonly most?: number;
  /** The address itself is secret: messages name its origin only. */
  readonly secretUrl?: boolean;
  /** false: an answer that points elsewhere is the answer. */
  readonly followRedirects?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How messages name where it came from: without query, user and secret path. */
  readonly shown: string;
  readonly body: AsyncIterable<Buffer>;
}

export const MOST_BYTES = 50 * 1024 * 1024;
const MOST_REDIRECTS = 10;

/**
 * One call to the world, its redirects followed, with every address judged by the host's rules before a connection is
 * made to it. The answer is read inside `use`; when that ends, nothing of the call is left.
 *
 * A proxy is an address like any other and judged so. What it connects to is resolved by it, out of our sight: only a
 * target that is numeric can be judged before.
 */
export const httpCall = async <T>(
  request: HttpRequest,
  host: Pick<Host, 'signal' | 'outgoing'>,
  use: (answer: HttpAnswer) => Promise<T>,
  resolve: Resolve = systemResolve,
): Promise<T> => {
  const limit = AbortSignal.timeout(Math.min(Math.max(1, request.timeout), 2 ** 31 - 1));
  const signal = AbortSignal.any([host.signal, limit]);
  let url = urlOf(request.url);
  let { method, body } = request;
  let headers: Headers = basicFromUrl(url, request.headers);
  let shown = shownOf(url, request.secretUrl);
  try {
    for (let redirects = 0; ; redirects++) {
      const dispatcher = await dispatcherTo(url, request, { outgoing: host.outgoing, signal }, resolve);
      try {
        const {
          statusCode,
          statusText,
          headers: raw,
          body: wire,
        } = await dispatcher.request({
          origin: url.origin,
          path: url.pathname + url.search,
          // Any word is a method to HTTP; undici's type lists those it knows.
          method: method as Dispatcher.HttpMethod,
          headers: flat(headers),
          body: body ?? null,
          signal,
        });
        // A body that nobody reads ends with the dispatcher, which it calls an error.
        wire.on('error', () => {});
        const received = joined(raw);
        const next = request.followRedirects === false ? undefined : redirectOf(statusCode, received.location, url);
        if (next === undefined) {
          const most = request.most ?? MOST_BYTES;
          if (Number(received['content-length']) > most && method !== 'HEAD') throw tooLarge(most, shown);
          const read = boundedBody(wire, received['content-encoding'] ?? '', most, shown);
          return await use({ status: statusCode, reason: statusText, headers: received, shown, body: read });
        }
        if (redirects === MOST_REDIRECTS) {
          throw new BotError(`${shown} redirects more than ${MOST_REDIRECTS} times. Check the address.`);
        }
        if (becomesGet(statusCode, method)) {
          method = 'GET';
          body = undefined;
          headers = withoutBodyHeaders(headers);
        }
        if (next.origin !== url.origin) headers = withoutSecretHeaders(headers);
        url = next;
        shown = shownOf(url, true);
      } finally {
        await dispatcher.destroy();
      }
    }
  } catch (cause) {
    throw callFault(cause, { shown, stopped: host.signal.aborted, late: limit.aborted, timeout: request.timeout });
  }
};

const urlOf = (text: string): URL => {
  const url = URL.parse(text.trim());
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  // The text is not shown: it may hold a key, or be a credential.
  throw new BotError(
    'Expected a web address such as https://example.com/orders, but got something else. Check the variables in it.',
  );
};

const shownOf = (url: URL, secret = false): string => (secret ? url.origin : `${url.origin}${url.pathname}`);

/** `https://user:password@…`: such an address means Basic, as everywhere, unless a header says otherwise. */
const basicFromUrl = (url: URL, headers: Headers): Headers => {
  const { username, password } = url;
  url.username = '';
  url.password = '';
  url.hash = '';
  if (username === '' || headers.some(([name]) => name.toLowerCase() === 'authorization')) return headers;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [...headers, ['authorization', `Basic ${Buffer.from(pair).toString('base64')}`]];
};

const dispatcherTo = async (
  url: URL,
  request: HttpRequest,
  judge: { readonly outgoing: Host['outgoing']; readonly signal: AbortSignal },
  resolve: Resolve,
): Promise<Dispatcher> => {
  const { proxy, timeout } = request;
  const port = portOf(url);
  const rejectUnauthorized = request.allowInsecureConnection !== true;
  // An absent member and one of undefined differ to the type of the host.
  const rules = judge.outgoing === undefined ? { signal: judge.signal } : { ...judge, outgoing: judge.outgoing };
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const patience = { headersTimeout: 0, bodyTimeout: 0, allowH2: false };
  if (proxy === undefined) {
    const addresses = await allowedAddresses(name, port, rules, resolve);
    const { Agent } = await import('undici');
    return new Agent({ ...patience, connect: { timeout, rejectUnauthorized, lookup: fixedLookup(addresses) } });
  }
  if (isIP(name) !== 0) await allowedAddresses(name, port, rules, resolve);
  const addresses = await allowedAddresses(proxy.host, proxy.port, rules, resolve);
  const { ProxyAgent } = await import('undici');
  const pair = Buffer.from(`${proxy.user}:${proxy.password}`).toString('base64');
  return new ProxyAgent({
    ...patience,
    uri: `http://${proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host}:${proxy.port}`,
    ...(proxy.user === '' ? {} : { token: `Basic ${pair}` }),
    proxyTls: { timeout, lookup: fixedLookup(addresses) },
    requestTls: { timeout, rejectUnauthorized, servername: isIP(name) === 0 ? name : '' },
  });
};

/** Answers what was judged, and nothing else. */
const fixedLookup = (addresses: readonly string[]): LookupFunction => {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, options, answer) => {
    if (options.all) answer(null, all);
    else answer(null, all[0]?.address ?? '', all[0]?.family);
  };
};

const flat = (headers: Headers): Record<string, string | string[]> => {
  const all: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of headers) {
    const there = all[name.toLowerCase()];
    all[name.toLowerCase()] = there === undefined ? value : [there, value].flat();
  }
  all.accept ??= '*/*';
  all['accept-encoding'] ??= ACCEPTED_ENCODINGS;
  all['user-agent'] ??= 'Signalbox';
  return all;
};

const joined = (raw: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> => {
  const all: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) all[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return all;
};

/** Where to, as fetch has it; an answer without a place to go is an answer. */
const redirectOf = (status: number, location: string | undefined, from: URL): URL | undefined => {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const next = URL.parse(location, from.href);
  if (!next || (next.protocol !== 'http:' && next.protocol !== 'https:')) {
    throw new BotError(`${from.origin} redirects to something that is not a web address, so the call ends here.`);
  }
  next.username = '';
  next.password = '';
  next.hash = '';
  return next;
};

const becomesGet = (status: number, method: string): boolean =>
  status === 303 ? method !== 'GET' && method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST';
