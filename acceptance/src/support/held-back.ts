import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Stands before a server and passes everything on, but what is held back: that lies here until it is let go. */
export interface HeldBack {
  readonly url: string;
  /** How many calls lie here. */
  readonly held: () => number;
  letGo(): void;
  close(): void;
}

/** @param path calls whose path begins so are held back */
export async function holdBack(path: string, to: string): Promise<HeldBack> {
  const waiting: (() => void)[] = [];
  let open = false;
  const server = createServer(async (asked, answer) => {
    const body = await buffer(asked);
    if (!open && asked.url?.startsWith(path)) await new Promise<void>((resolve) => waiting.push(resolve));
    const passed = request(new URL(asked.url ?? '/', to), { method: asked.method, headers: asked.headers }, (came) => {
      answer.writeHead(came.statusCode ?? 502, came.headers);
      came.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    passed.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: () => waiting.length,
    letGo: () => {
      open = true;
      for (const go of waiting.splice(0)) go();
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
