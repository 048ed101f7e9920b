import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Endpoint } from './endpoint.ts';
import { isAlive, isPostgresOf } from './processes.ts';

/** What PostgreSQL writes into `postmaster.pid` while it runs, and leaves there when it is killed. */
export interface LockFile {
  readonly pid: number;
  readonly endpoint: Endpoint;
}

// Above the largest number Linux gives out (2^22), and within what PostgreSQL reads.
const NOBODY = 999_999_999;

/** Its lines: pid, data folder, start, port, socket folder, address, shared memory, state. */
export async function readLockFile(cluster: string): Promise<LockFile | undefined> {
  const text = await readFile(file(cluster), 'utf8').catch(() => '');
  const [pid, , , port, socketFolder, address] = text.split('\n').map((line) => line.trim());
  if (!Number(pid) || !Number(port)) return undefined;
  return { pid: Number(pid), endpoint: { host: socketFolder || address || '127.0.0.1', port: Number(port) } };
}

/** The PostgreSQL that runs on this cluster, if one does. */
export async function findRunning(cluster: string): Promise<LockFile | undefined> {
  const found = await readLockFile(cluster);
  return found && (await isPostgresOf(found.pid, cluster)) ? found : undefined;
}

/**
 * Locks whose number belongs to some other process by now, or to a dead one that nobody collected, would keep
 * PostgreSQL from starting. Of `postmaster.pid` only the number is made void: the file is left for PostgreSQL itself
 * to clear, because it names the shared memory by which it knows whether processes of the old server are still at work
 * on the files. The lock beside the socket guards nothing but the socket's name, in a folder that is ours alone.
 */
export async function voidStaleLocks(cluster: string, { host, port }: Endpoint): Promise<void> {
  const text = await readFile(file(cluster), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  if (pid && (await isPostgresOf(pid, cluster))) return;
  if (pid && isAlive(pid)) await writeFile(file(cluster), text.replace(/^\s*\d+/, String(NOBODY)));
  if (host.startsWith('/')) await rm(path.join(host, `.s.PGSQL.${port}.lock`), { force: true });
}

function file(cluster: string): string {
  return path.join(cluster, 'postmaster.pid');
}
