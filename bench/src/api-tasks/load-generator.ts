import { createConnection, type Socket } from 'node:net';

/*
 * A process of its own that plays the callers: keep-alive connections, each sending its next request when the answer to the
 * last is there. Bare sockets, because two cores are shared with the server, and a client library takes as much of them as
 * the server does.
 */

export interface Order {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly callers: number;
  readonly seconds: number;
  /** What an answer must hold, or the round counts for nothing. */
  readonly expected: string;
}

export interface Load {
  readonly callsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

process.once('message', (order: Order) => {
  play(order).then(
    (load) => process.send?.({ load }, () => process.exit(0)),
    (cause: Error) => process.send?.({ fault: cause.message }, () => process.exit(1)),
  );
});

async function play(order: Order): Promise<Load> {
  const request = requestOf(order);
  const times: number[] = [];
  const until = performance.now() + order.seconds * 1_000;
  const began = performance.now();
  await Promise.all(Array.from({ length: order.callers }, () => caller(order, request, until, times)));
  const seconds = (performance.now() - began) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { callsPerSecond: times.length / seconds, p50: at(0.5), p99: at(0.99) };
}

function requestOf({ url, headers, body }: Order): Buffer {
  const { host, pathname } = new URL(url);
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function caller(order: Order, request: Buffer, until: number, times: number[]): Promise<void> {
  const { hostname, port } = new URL(order.url);
  return new Promise((resolve, reject) => {
    const socket: Socket = createConnection(Number(port), hostname);
    socket.setNoDelay(true);
    let began = 0;
    let came = '';
    const send = (): void => {
      came = '';
      began = performance.now();
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      came += chunk.toString('latin1');
      const headersEnd = came.indexOf('\r\n\r\n');
      if (headersEnd < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(came)?.[1]);
      if (came.length < headersEnd + 4 + length) return;
      times.push(performance.now() - began);
      if (!came.startsWith('HTTP/1.1 200') || !came.includes(order.expected)) {
        socket.destroy();
        reject(new Error(`An answer was not the expected one: ${came.slice(0, 500)}`));
      } else if (performance.now() < until) send();
      else {
        socket.destroy();
        resolve();
      }
    });
  });
}
