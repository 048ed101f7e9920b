import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { access, chown, link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { environmentFor } from './postmaster.ts';
import { isAlive } from './processes.ts';

export const SUPERUSER = 'signalbox';

const CLUSTER = 'cluster';
const DRAFT = /^cluster\.new-(\d+)-/;

/** A database cluster on disk. */
export interface Cluster {
  readonly folder: string;
  readonly password: string;
}

/**
 * The cluster in `dataDir`, made at the first start. It is made under another name and renamed when it is whole, so an
 * interrupted initdb leaves nothing that could be taken for a cluster; what it left is cleared away.
 *
 * @param durable false for tests that can do without waiting for the disk
 */
export async function ensureCluster(
  binaries: PostgresBinaries,
  account: Account,
  dataDir: string,
  durable: boolean,
): Promise<Cluster> {
  const folder = path.join(dataDir, CLUSTER);
  const passwordFile = path.join(dataDir, 'password');
  if (await exists(folder)) {
    const password = await readPassword(passwordFile);
    if (password !== undefined) return { folder, password };
    throw new EmbeddedPostgresError(
      `The file ${passwordFile} with the database's password is missing: put it back from the backup of its folder.`,
    );
  }
  await clearInterrupted(dataDir);
  const password = (await readPassword(passwordFile)) ?? (await makePassword(passwordFile, account));
  const draft = path.join(dataDir, `cluster.new-${process.pid}-${randomUUID().slice(0, 8)}`);
  try {
    await initialise(binaries, account, draft, passwordFile, durable);
    await rename(draft, folder).catch(async (error: unknown) => {
      // Two starts met, and the other one was first: its cluster is the cluster.
      if (!(await exists(folder))) throw error;
    });
    if (durable) await syncFolder(dataDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return { folder, password };
}

async function initialise(
  binaries: PostgresBinaries,
  account: Account,
  folder: string,
  passwordFile: string,
  durable: boolean,
): Promise<void> {
  const [program = '', ...args] = [
    ...account.prefix,
    binaries.initdb,
    `--pgdata=${folder}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Built in since 17: the same order of strings on every system, whatever its C library knows.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    await promisify(execFile)(program, args, {
      ...account.ids,
      cwd: path.dirname(folder),
      env: environmentFor(process.env),
    });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new EmbeddedPostgresError(`PostgreSQL's initdb failed: ${said.replaceAll('\n', ' ')}`);
  }
}

/** Drafts of starts that are no more. One of a start that runs at this moment is left to it. */
async function clearInterrupted(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const pid = Number(DRAFT.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || (pid !== process.pid && isAlive(pid))) continue;
    // An initdb whose Signalbox was killed may still write there; it fails by itself, and the rest goes next time.
    await rm(path.join(dataDir, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function readPassword(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.trim() || undefined;
}

async function makePassword(file: string, account: Account): Promise<string> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    await handle.writeFile(`${randomBytes(24).toString('base64url')}\n`);
    await handle.sync();
    await handle.close();
    if (account.ids) await chown(draft, account.ids.uid, account.ids.gid);
    // A link appears whole or not at all; where two starts meet, the first one's password is the password.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const password = await readPassword(file);
  if (password === undefined) throw new EmbeddedPostgresError(`The password file ${file} is empty: remove it.`);
  return password;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
