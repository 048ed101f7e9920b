import { execFile } from 'node:child_process';
import { access, chown, lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries } from './binaries.ts';
import { EmbeddedPostgresError } from './errors.ts';

/** As whom PostgreSQL's programs run. */
export interface Account {
  /** stands in front of the command */
  readonly prefix: readonly string[];
  /** for `spawn`, and the owner of all files; absent when they stay with this process's user */
  readonly ids?: { readonly uid: number; readonly gid: number };
  readonly description: string;
}

interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. So, for root:
 *
 * 1. A user namespace in which root is called something else. The files stay root's own, so it works also where only
 *    root can enter. Not every kernel allows it: most container runtimes do not.
 * 2. Another user of this system that can reach the programs and the data, which then become that user's.
 *
 * The owner of a data folder that exists already decides: files that belong to somebody else are nobody's inside a
 * namespace.
 *
 * @param dataDir exists, and is the embedded server's alone
 * @param unshare the program that makes namespaces
 */
export async function chooseAccount(
  binaries: PostgresBinaries,
  dataDir: string,
  unshare = 'unshare',
): Promise<Account> {
  if (process.getuid?.() !== 0) return { prefix: [], description: 'as the current user' };

  const users = await systemUsers();
  const { uid: owner } = await lstat(dataDir);
  if (owner === 0) {
    const namespaced = await namespaceAccount(users, unshare);
    if (namespaced) return namespaced;
  }
  for (const user of owner === 0 ? users : users.filter(({ uid }) => uid === owner)) {
    if (!(await canRun(user, binaries, dataDir))) continue;
    await giveTo(user, dataDir);
    return { prefix: [], ids: { uid: user.uid, gid: user.gid }, description: `as the user ${user.name}` };
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and no other user can reach both ${binaries.postgres} and ${dataDir}: ` +
      `start Signalbox as an ordinary user, allow user namespaces, or set DATABASE_URL.`,
  );
}

async function namespaceAccount(users: readonly SystemUser[], unshare: string): Promise<Account | undefined> {
  // initdb looks its user up by number, so it has to be one that has a name here. 1000 is free on some systems.
  for (const { name, uid } of users.slice(0, 1)) {
    const prefix = [unshare, '--user', `--map-user=${uid}`, `--map-group=${uid}`];
    if (await succeeds([...prefix, 'true'])) return { prefix, description: `in a user namespace as ${name}` };
  }
  return undefined;
}

/** The users worth trying, best first: the one made for it, the one made for nothing, then people. */
async function systemUsers(): Promise<SystemUser[]> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  const users = lines.flatMap((line) => {
    const [name = '', , uid, gid] = line.split(':');
    const user = { name, uid: Number(uid), gid: Number(gid) };
    return name !== '' && user.uid > 0 && user.gid >= 0 ? [user] : [];
  });
  const rank = ({ name, uid }: SystemUser) => (name === 'postgres' ? 0 : name === 'nobody' ? 1 : uid >= 1000 ? 2 : 3);
  return users.filter((user) => rank(user) < 3).sort((a, b) => rank(a) - rank(b));
}

/** Whether this user can start the programs, and come as far as the data folder's parent. */
async function canRun({ uid, gid }: SystemUser, binaries: PostgresBinaries, dataDir: string): Promise<boolean> {
  const parent = path.dirname(dataDir);
  return (
    (await succeeds([binaries.postgres, '--version'], { uid, gid })) && succeeds(['test', '-x', parent], { uid, gid })
  );
}

async function succeeds([program = '', ...args]: string[], as: { uid?: number; gid?: number } = {}): Promise<boolean> {
  try {
    await promisify(execFile)(program, args, { ...as, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

async function giveTo(user: SystemUser, folder: string): Promise<void> {
  await access(folder);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    // A link is left alone: what it points to is not ours to give away.
    if (!entry.isSymbolicLink()) await chown(path.join(entry.parentPath, entry.name), user.uid, user.gid);
  }
  await chown(folder, user.uid, user.gid);
}
