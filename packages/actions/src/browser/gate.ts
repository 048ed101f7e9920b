import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BotError, type Host } from '@signalbox/taskbot';
import { allowedAddresses, portOf } from '../network/index.ts';

/** The header by which an answer of the gate itself is known. */
export const REFUSAL_HEADER = 'x-signalbox-refusal';

/**
 * Where Chromium calls home from the profile of a page, whatever it is told: it sends the shape of every form there and
 * asks how to fill it (seen with 156). No page calls it, so nobody is told that it was kept from there.
 */
const CALLED_BY_NO_PAGE: ReadonlySet<string> = new Set(['content-autofill.googleapis.com']);

/** Of so many places a gate remembers why they were refused. */
const REMEMBERED = 1000;

/** The one door through which a run's browser reaches the network. */
export interface Gate {
  /** For the pages: their proxy. */
  readonly url: string;
  /**
   * For the browser itself, which asks its maker for updates and accounts whatever it is told: a proxy that lets
   * nothing through and says nothing of it in the log of the run, since no bot asked.
   */
  readonly walled: string;
  /** Why the place of an address was refused, if it was. */
  readonly refusalOf: (url: URL) => string | undefined;
  readonly close: () => void;
}

/**
 * A proxy on this machine, for the browser of one run: it judges every address by the host's rules and connects to the
 * one that was judged. Interception of requests inside the browser would see names only, and the browser would resolve
 * them again; here pages, their parts, redirects, workers and web sockets all pass, whatever a page does.
 */
export const openGate = async (host: Host): Promise<Gate> => {
  const open = new Set<Duplex>();
  const refusals = new Map<string, string>();
  const judged = async (name: string, port: number): Promise<string> => {
    if (CALLED_BY_NO_PAGE.has(name)) throw new BotError(`"${name}" is a place of browsers, which no bot calls.`);
    try {
      const [address = ''] = await allowedAddresses(name, port, host);
      return address;
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const place = placeOf(name, port);
      if (refusals.get(place) !== message) host.log('warn', `The browser was kept from a place: ${message}`);
      if (refusals.size < REMEMBERED || refusals.has(place)) refusals.set(place, message);
      throw cause;
    }
  };
  const keep = (socket: Duplex): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  };
  const door = createServer((asked, answer) => void forward(asked, answer, judged));
  door.on('connect', (asked, socket, head) => {
    keep(socket);
    void tunnel(asked, socket, head, judged);
  });
  const wall = createServer((_asked, answer) => void answer.writeHead(403).end());
  wall.on('connect', (_asked, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(FORBIDDEN);
  });
  for (const server of [door, wall]) {
    server.on('connection', keep);
    server.on('clientError', (_error, socket) => socket.destroy());
  }
  return {
    url: await listening(door),
    walled: await listening(wall),
    refusalOf: (url) => refusals.get(placeOf(url.hostname, portOf(url))),
    close: () => {
      for (const server of [door, wall]) server.close();
      for (const socket of open) socket.destroy();
    },
  };
};

const FORBIDDEN = 'HTTP/1.1 403 Forbidden\r\n\r\n';

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, so that is what it answers
  return `http://127.0.0.1:${port}`;
};

const placeOf = (name: string, port: number): string => `${name}:${port}`;

type Judge = (name: string, port: number) => Promise<string>;

/** Plain HTTP comes with the whole address in its first line. */
const forward = async (asked: IncomingMessage, answer: ServerResponse, judged: Judge): Promise<void> => {
  const url = URL.parse(asked.url ?? '');
  if (url?.protocol !== 'http:') {
    answer.writeHead(400).end();
    return;
  }
  const port = portOf(url);
  let address: string;
  try {
    address = await judged(url.hostname, port);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    answer.writeHead(403, { [REFUSAL_HEADER]: 'yes', 'content-type': 'text/plain; charset=utf-8' }).end(message);
    return;
  }
  const onward = request(
    { host: address, port, method: asked.method, path: `${url.pathname}${url.search}`, headers: onwardHeaders(asked) },
    (received) => {
      answer.writeHead(received.statusCode ?? 502, received.statusMessage, received.headers);
      received.pipe(answer);
    },
  );
  onward.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
  answer.on('close', () => onward.destroy());
  asked.pipe(onward);
};

const onwardHeaders = ({ headers }: IncomingMessage): IncomingHttpHeaders => {
  const { 'proxy-connection': _connection, 'proxy-authorization': _authorization, ...onward } = headers;
  return onward;
};

/** HTTPS and web sockets: bytes both ways, once the place is judged. */
const tunnel = async (asked: IncomingMessage, socket: Duplex, head: Buffer, judged: Judge): Promise<void> => {
  socket.on('error', () => socket.destroy());
  const place = URL.parse(`http://${asked.url ?? ''}`);
  let onward: Socket;
  try {
    if (place === null) throw new Error('no place');
    const port = Number(place.port) || (asked.url?.endsWith(':80') ? 80 : 443);
    onward = connect({ host: await judged(place.hostname, port), port });
  } catch {
    socket.end(FORBIDDEN);
    return;
  }
  onward.on('connect', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
};
