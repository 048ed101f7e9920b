import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Host } from '@signalbox/taskbot';
import { allowedAddresses } from '../network/index.ts';

/** The header by which an answer of the gate itself is known. */
export const REFUSAL_HEADER = 'x-signalbox-refusal';

/** The one door through which a run's browser reaches the network. */
export interface Gate {
  /** For the browser: its proxy. */
  readonly url: string;
  /** What was refused last, and how often something was. */
  readonly refused: () => { readonly count: number; readonly last: string };
  readonly close: () => void;
}

/**
 * A proxy on this machine, for the browser of one run: it judges every address by the host's rules and connects to the
 * one that was judged. Interception of requests inside the browser would see names only, and the browser would resolve
 * them again; here pages, their parts, redirects, workers and web sockets all pass, whatever a page does.
 */
export const openGate = async (host: Host): Promise<Gate> => {
  const open = new Set<Duplex>();
  let count = 0;
  let last = '';
  const judged = async (name: string, port: number): Promise<string> => {
    try {
      const [address = ''] = await allowedAddresses(name, port, host);
      return address;
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      if (message !== last) host.log('warn', `The browser was kept from a place: ${message}`);
      count += 1;
      last = message;
      throw cause;
    }
  };
  const server = createServer((asked, answer) => void forward(asked, answer, judged));
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.on('connect', (asked, socket, head) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    void tunnel(asked, socket, head, judged);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, so that is what it answers
  return {
    url: `http://127.0.0.1:${port}`,
    refused: () => ({ count, last }),
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
};

type Judge = (name: string, port: number) => Promise<string>;

/** Plain HTTP comes with the whole address in its first line. */
const forward = async (asked: IncomingMessage, answer: ServerResponse, judged: Judge): Promise<void> => {
  const url = URL.parse(asked.url ?? '');
  if (url?.protocol !== 'http:') {
    answer.writeHead(400).end();
    return;
  }
  const port = Number(url.port) || 80;
  let address: string;
  try {
    address = await judged(url.hostname, port);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    answer
      .writeHead(403, { [REFUSAL_HEADER]: encodeURIComponent(message), 'content-type': 'text/plain; charset=utf-8' })
      .end(message);
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
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
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
