import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type AddressGroup, createOutgoingRules } from '../src/index.ts';
import { type TestHost, testHost } from './support.ts';

/** A host whose bots may call this machine, and what else is named. */
export const callingHost = (allow: readonly (AddressGroup | (string & {}))[] = ['loopback']): TestHost => ({
  ...testHost(),
  outgoing: createOutgoingRules({ allow }),
});

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export const serve = async (listener: RequestListener): Promise<TestServer> =>
  listening(createServer(listener), 'http');

export const listening = async (server: Server, scheme: 'http' | 'https'): Promise<TestServer> => {
  let connections = 0;
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port, so that is what it answers
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    connections: () => connections,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

export const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
