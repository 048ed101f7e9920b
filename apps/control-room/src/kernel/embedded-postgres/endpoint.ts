import { chown, lstat, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Account } from './account.ts';

/** Where PostgreSQL listens: `host` is a socket folder when it begins with a slash. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

// The folder is private, so every server can have the same one: it only names the socket in it.
const SOCKET_PORT = 5432;
// macOS allows 103 bytes for the path of a socket, Linux 107; `/.s.PGSQL.5432` takes 14 of them.
const LONGEST_FOLDER = 88;
const PREFIX = 'signalbox-';

/**
 * A unix socket in a new folder that only we can enter: nobody else on the machine or network can even knock. Not in
 * the data folder, whose path may be too long for a socket. Where that cannot be, a free port of 127.0.0.1.
 *
 * @param former where it listened before; kept when the folder is still there and still ours
 */
export async function chooseEndpoint(account: Account, former?: Endpoint): Promise<Endpoint> {
  if (former && (await isOurFolder(former.host, account))) return former;
  for (const parent of process.platform === 'win32' ? [] : [tmpdir(), '/tmp']) {
    // mkdtemp adds six letters. A comma would end the name in PostgreSQL's list of folders.
    if (Buffer.byteLength(path.join(parent, PREFIX)) + 6 > LONGEST_FOLDER || /[,"]/.test(parent)) continue;
    const folder = await mkdtemp(path.join(path.resolve(parent), PREFIX)).catch(() => undefined);
    if (folder === undefined) continue;
    if (account.ids) await chown(folder, account.ids.uid, account.ids.gid);
    return { host: folder, port: SOCKET_PORT };
  }
  return { host: '127.0.0.1', port: await freePort() };
}

/** Removes the socket folder of a server that was stopped. */
export async function removeEndpoint({ host }: Endpoint): Promise<void> {
  if (path.basename(host).startsWith(PREFIX)) await rm(host, { recursive: true, force: true });
}

/** The part of PostgreSQL's settings that makes it listen there. */
export function listenSettings({ host, port }: Endpoint): Record<string, string> {
  const socket = host.startsWith('/');
  return {
    listen_addresses: socket ? '' : host,
    unix_socket_directories: socket ? host : '',
    port: String(port),
  };
}

async function isOurFolder(folder: string, account: Account): Promise<boolean> {
  if (!path.basename(folder).startsWith(PREFIX)) return false;
  const found = await lstat(folder).catch(() => undefined);
  const owner = account.ids?.uid ?? process.getuid?.();
  return found?.isDirectory() === true && found.uid === owner && (found.mode & 0o077) === 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
