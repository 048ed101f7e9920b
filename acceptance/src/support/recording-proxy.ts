import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Passes bytes on in both directions and keeps them all, as somebody on the way could. */
export interface RecordingProxy {
  readonly url: string;
  /** Everything that has passed so far. */
  traffic(): string;
  close(): void;
}

export async function openRecordingProxy(to: string): Promise<RecordingProxy> {
  const { hostname, port } = new URL(to);
  const chunks: Buffer[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const inside = connect(Number(port), hostname);
    for (const [one, other] of [
      [socket, inside],
      [inside, socket],
    ] as const) {
      open.add(one);
      one.on('error', () => {});
      one.on('data', (chunk: string | Buffer) => chunks.push(Buffer.from(chunk)));
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    traffic: () => Buffer.concat(chunks).toString('utf8'),
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
