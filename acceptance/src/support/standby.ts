import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { chooseAccount } from '../../../apps/control-room/src/kernel/embedded-postgres/account.ts';
import { binariesIn } from '../../../apps/control-room/src/kernel/embedded-postgres/binaries.ts';
import { freePort, until } from './processes.ts';

/* A PostgreSQL with a standby behind it, from the system's own packages: a base backup needs a program that the embedded one lacks. */

const DEBIAN = '/usr/lib/postgresql';

/** The folder of the newest PostgreSQL from Debian's packages, or undefined. */
export async function findSystemPostgres(): Promise<string | undefined> {
  const versions = (await readdir(DEBIAN).catch((): string[] => [])).map(Number).filter((version) => version >= 15);
  for (const version of versions.sort((a, b) => b - a)) {
    const folder = join(DEBIAN, String(version));
    const programs = await readdir(join(folder, 'bin')).catch((): string[] => []);
    if (['initdb', 'postgres', 'pg_ctl', 'pg_basebackup'].every((name) => programs.includes(name))) return folder;
  }
  return undefined;
}

export interface ReplicatedPostgres {
  /** Always leads to the one that takes writes, as a pooler or a virtual address does. */
  readonly url: string;
  /** kill -9 for the primary, and the standby takes its place. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

/** A primary that acknowledges nothing its standby has not on disk. */
export async function startReplicatedPostgres(folder: string): Promise<ReplicatedPostgres> {
  const data = await mkdtemp(join(tmpdir(), 'signalbox-standby-'));
  const binaries = binariesIn(folder);
  const account = await chooseAccount(binaries, data);
  const bin = (name: string): string => join(folder, 'bin', name);
  const run = async (program: string, args: readonly string[]): Promise<void> => {
    const [command = '', ...rest] = [...account.prefix, bin(program), ...args];
    await promisify(execFile)(command, rest, { ...account.ids, cwd: '/' });
  };
  const start = (directory: string): ChildProcess => {
    const [command = '', ...rest] = [...account.prefix, bin('postgres'), '-D', directory];
    return spawn(command, rest, { ...account.ids, cwd: '/', stdio: 'ignore' });
  };
  const [primary, standby] = [join(data, 'primary'), join(data, 'standby')];
  const ports = { primary: await freePort(), standby: await freePort() };
  const settings = (port: number): string =>
    `\nport = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 60\n`;

  await run('initdb', ['-D', primary, '-U', 'signalbox', '--auth=trust', '-E', 'UTF8', '--locale=C']);
  await appendFile(join(primary, 'postgresql.conf'), settings(ports.primary));
  const first = start(primary);
  await until('the primary is up', () => answers(ports.primary));
  await run('pg_basebackup', [
    '-h',
    '127.0.0.1',
    '-p',
    String(ports.primary),
    '-U',
    'signalbox',
    '-D',
    standby,
    '-R',
    '-X',
    'stream',
    '-c',
    'fast',
  ]);
  await appendFile(join(standby, 'postgresql.conf'), settings(ports.standby));
  const second = start(standby);
  await until('the standby is up', () => answers(ports.standby));
  await query(ports.primary, `alter system set synchronous_standby_names = '*'`);
  await query(ports.primary, 'select pg_reload_conf()');
  await until('the standby is synchronous', async () => {
    const rows = await query(ports.primary, `select 1 from pg_stat_replication where sync_state = 'sync'`);
    return rows.length === 1;
  });

  const door = await openDoor(ports.primary);
  return {
    url: `postgres://signalbox@127.0.0.1:${door.port}/postgres`,
    async failOver() {
      first.kill('SIGKILL');
      await killed(primary);
      door.shut();
      await run('pg_ctl', ['promote', '-D', standby, '-w']);
      // The next standby is another day's work: the one that is left must not wait for it.
      await query(ports.standby, `alter system set synchronous_standby_names = ''`);
      await query(ports.standby, 'select pg_reload_conf()');
      door.leadTo(ports.standby);
    },
    async stop() {
      door.close();
      for (const process of [first, second]) {
        if (process.exitCode === null && process.signalCode === null) {
          process.kill('SIGQUIT');
          await once(process, 'exit');
        }
      }
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** `unshare` stands in front of it: what was killed may have been that, so its child is killed by its own number. */
async function killed(directory: string): Promise<void> {
  const text = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

async function answers(port: number): Promise<boolean> {
  await query(port, 'select 1');
  return true;
}

async function query(port: number, text: string): Promise<unknown[]> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'signalbox', database: 'postgres' });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** An address that stays while what is behind it changes. */
async function openDoor(to: number) {
  let target: number | undefined = to;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (target === undefined) {
      socket.destroy();
      return;
    }
    const inside = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [socket, inside],
      [inside, socket],
    ] as const) {
      open.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    socket.pipe(inside).pipe(socket);
  });
  const shut = (): void => {
    target = undefined;
    for (const socket of open) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    shut,
    leadTo: (port: number): void => {
      target = port;
    },
    close: (): void => {
      shut();
      server.close();
    },
  };
}
