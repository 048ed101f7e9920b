import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../log.ts';
import { chooseAccount } from './account.ts';
import { binariesIn, findBinaries, restoreLibraryLinks } from './binaries.ts';
import { DataFolderInUse, type EmbeddedPostgres, EmbeddedPostgresError, startEmbeddedPostgres } from './index.ts';
import { isPostgresOf } from './processes.ts';

const lines: string[] = [];
const log = createLogger('info', { write: (line) => void lines.push(line) });
const isRoot = process.getuid?.() === 0;
// Nothing here depends on the disk: processes are killed, the machine is not.
const settings = { fsync: 'off', shared_buffers: '16MB' };

let dataDir: string;
let running: EmbeddedPostgres[];
let owners: ChildProcess[];

beforeEach(async () => {
  lines.length = 0;
  running = [];
  owners = [];
  dataDir = await realpath(await mkdtemp(path.join(tmpdir(), 'signalbox-embedded-')));
});
afterEach(async () => {
  for (const owner of owners) owner.kill('SIGKILL');
  await Promise.all(running.map((postgres) => postgres.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(folder = dataDir, more: object = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log, settings, ...more });
  running.push(postgres);
  return postgres;
}

async function query(postgres: Pick<EmbeddedPostgres, 'connection'>, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(postgres.connection);
  client.on('error', () => {});
  await client.connect();
  return client
    .query(sql)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

/** Another process that starts PostgreSQL, does what `then` says with it, and stays until it is killed. */
async function startElsewhere(then = '', command: string[] = []): Promise<{ child: ChildProcess; pid: number }> {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    import { createLogger } from ${JSON.stringify(new URL('../log.ts', import.meta.url).href)};
    import pg from ${JSON.stringify(createRequire(import.meta.url).resolve('pg'))};
    const postgres = await startEmbeddedPostgres({
      dataDir: ${JSON.stringify(dataDir)}, log: createLogger('silent'), settings: ${JSON.stringify(settings)},
    });
    const client = new pg.Client(postgres.connectionString);
    await client.connect();
    ${then}
    console.log(JSON.stringify({ pid: postgres.pid(), uid: process.getuid() }));
    process.stdin.on('data', () => client.end().then(() => postgres.stop()).then(() => process.exit(0)));
  `;
  const [program = '', ...args] = [...command, process.execPath, '--input-type=module', '-e', script];
  // A process group of its own stands for a terminal: what is sent to it reaches all that did not leave it.
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  owners.push(child);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const told = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk)));
    child.once('exit', () => reject(new Error(errors)));
  });
  return { child, ...JSON.parse(told) };
}

/** Not only alive: a process that was killed and that nobody has collected yet still has its number. */
function isRunning(pid: number): Promise<boolean> {
  return isPostgresOf(pid, path.join(dataDir, 'cluster'));
}

/** The process and all in its group, as when a terminal is closed. */
async function killHard(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
  await gone;
}

describe('the embedded PostgreSQL', () => {
  it('starts: version 18, UTF-8, the same order of strings everywhere, commits that wait for the disk', async () => {
    const postgres = await start(dataDir, { settings: { shared_buffers: '16MB' } });
    const [row] = await query(
      postgres,
      `select current_setting('server_version_num')::int / 10000 as version, getdatabaseencoding() as encoding,
              (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()) as locale,
              current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('listen_addresses') as addresses, current_database() as database`,
    );
    expect(row).toEqual({
      version: 18,
      encoding: 'UTF8',
      locale: 'b C.UTF-8',
      fsync: 'on',
      commit: 'on',
      addresses: '',
      database: 'signalbox',
    });
  });

  it('lets in only who knows the password, through a folder only its owner can enter', async () => {
    const { connection } = await start();
    await expect(query({ connection: { ...connection, password: 'guess' } }, 'select 1')).rejects.toThrow(/password/);
    expect((await stat(connection.host)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
    expect(lines.join('')).not.toContain(connection.password);
  });

  it('can be reached by its connection string', async () => {
    const client = new Client((await start()).connectionString);
    await client.connect();
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('keeps its data over a stop and a start, and leaves no process and no socket behind', async () => {
    const first = await start();
    await query(first, 'create table kept as select 42 as answer');
    const pid = first.pid();
    await first.stop();
    expect(await isRunning(pid)).toBe(false);
    await expect(stat(first.connection.host)).rejects.toThrow();
    expect(await query(await start(), 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const deep = path.join(dataDir, ...Array.from({ length: 8 }, () => 'a-folder-with-quite-a-long-name'));
    expect(deep.length).toBeGreaterThan(200);
    expect(await query(await start(deep), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('begins an interrupted initdb again', async () => {
    const draft = path.join(dataDir, 'cluster.new-999999999-abc');
    await mkdir(draft);
    await writeFile(path.join(draft, 'PG_VERSION'), '18\n');
    await start();
    expect((await readdir(dataDir)).sort()).toEqual(['cluster', 'password', 'postgres.log']);
  });

  it('says in one sentence why it cannot start', async () => {
    const wrong = start(dataDir, { settings: { no_such_setting: '1' } });
    await expect(wrong).rejects.toThrow(EmbeddedPostgresError);
    await expect(wrong).rejects.toThrow(/did not start: .*no_such_setting.*postgres\.log/);
  });
});

describe('the owner of a data folder', () => {
  it('is one: a second is refused in one line, and the first is not disturbed', async () => {
    const first = await start();
    const second = start();
    await expect(second).rejects.toThrow(DataFolderInUse);
    await expect(second).rejects.toThrow(new RegExp(`^Another Signalbox \\(process ${process.pid} on .*\\) works in`));
    expect(await query(first, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is one of two that begin at the same time in an empty folder', async () => {
    const outcomes = await Promise.allSettled([start(), start()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await query(running[0] as EmbeddedPostgres, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('may die: the next takes the living PostgreSQL over, with all that was committed', async () => {
    const { child, pid } = await startElsewhere(`await client.query('create table kept as select 42 as answer');`);
    await killHard(child);
    expect(await isRunning(pid)).toBe(true);
    const next = await start();
    expect(next.pid()).toBe(pid);
    expect(await query(next, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await next.stop();
    expect(await isRunning(pid)).toBe(false);
  });

  it('may die together with PostgreSQL: the next recovers', async () => {
    const { child, pid } = await startElsewhere(`await client.query('create table kept as select 42 as answer');`);
    await killHard(child);
    process.kill(pid, 'SIGKILL');
    const next = await start();
    expect(next.pid()).not.toBe(pid);
    expect(await query(next, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('restarts what was left running with other settings', async () => {
    const { child, pid } = await startElsewhere();
    await killHard(child);
    const next = await start(dataDir, { settings: { ...settings, work_mem: '7MB' } });
    expect(next.pid()).not.toBe(pid);
    expect(await query(next, 'show work_mem')).toEqual([{ work_mem: '7MB' }]);
  });

  it('is not kept out by a lock whose process number belongs to somebody else by now', async () => {
    const first = await start();
    const lock = path.join(dataDir, 'cluster', 'postmaster.pid');
    const text = await readFile(lock, 'utf8');
    await first.stop();
    await writeFile(lock, text.replace(/^\d+/, String(process.ppid)));
    expect(await query(await start(), 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('a PostgreSQL that dies', () => {
  it('is started again at the same place, with all that was committed', async () => {
    const postgres = await start();
    await query(postgres, 'create table kept as select 42 as answer');
    const pid = postgres.pid();
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await query(postgres, 'select answer from kept')).toEqual([{ answer: 42 }]), {
      timeout: 10_000,
      interval: 50,
    });
    expect(postgres.pid()).not.toBe(pid);
    expect(await isRunning(postgres.pid())).toBe(true);
  });

  it('is started again each time, and its owner stays the only one', async () => {
    const postgres = await start();
    for (const round of [1, 2]) {
      process.kill(postgres.pid(), 'SIGKILL');
      // It answers a moment before its supervisor has finished with the restart; only then is the next death a new one.
      const again = () => expect(lines.filter((line) => line.includes('is running again'))).toHaveLength(round);
      await vi.waitFor(again, { timeout: 20_000, interval: 50 });
      await query(postgres, 'select 1');
    }
    await expect(start()).rejects.toThrow(DataFolderInUse);
  });

  it('is started again when it dies while it is being started again', async () => {
    const postgres = await start();
    const first = postgres.pid();
    process.kill(first, 'SIGKILL');
    await vi.waitFor(() => query(postgres, 'select 1'), { timeout: 20_000, interval: 20 });
    await vi.waitFor(() => expect(postgres.pid()).not.toBe(first), { timeout: 20_000, interval: 5 });
    const second = postgres.pid();
    process.kill(second, 'SIGKILL');
    await vi.waitFor(() => expect(postgres.pid()).not.toBe(second), { timeout: 20_000, interval: 50 });
    await vi.waitFor(() => query(postgres, 'select 1'), { timeout: 20_000, interval: 50 });
    await expect(start()).rejects.toThrow(DataFolderInUse);
  });

  it('loses nothing that it acknowledged, when it dies in the middle of writing', async () => {
    const postgres = await start(dataDir, { settings: { ...settings, synchronous_commit: 'on' } });
    const client = new Client(postgres.connection);
    client.on('error', () => {});
    await client.connect();
    await client.query('create table written (n int)');
    let acknowledged = 0;
    const writing = (async () => {
      for (;;) {
        await client.query('insert into written values ($1)', [acknowledged + 1]);
        acknowledged += 1;
        if (acknowledged === 50) process.kill(postgres.pid(), 'SIGKILL');
      }
    })();
    await expect(writing).rejects.toThrow();
    await vi.waitFor(
      async () => {
        const [row] = await query(postgres, 'select count(*)::int as rows, max(n) as last from written');
        expect(row?.rows).toBeGreaterThanOrEqual(acknowledged);
        expect(row?.last).toBe(row?.rows);
      },
      { timeout: 10_000, interval: 50 },
    );
  });

  it('is started again after it was taken over', async () => {
    const { child } = await startElsewhere();
    await killHard(child);
    const next = await start();
    process.kill(next.pid(), 'SIGKILL');
    await vi.waitFor(() => query(next, 'select 1'), { timeout: 10_000, interval: 50 });
  });

  it('is not started again when only a connection of ours was ended', async () => {
    const postgres = await start();
    const pid = postgres.pid();
    await query(
      postgres,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ '^Signalbox'`,
    );
    await vi.waitFor(() => expect(lines.join('')).toContain('is running again'));
    expect(postgres.pid()).toBe(pid);
    await expect(start()).rejects.toThrow(DataFolderInUse);
  });

  it('can be stopped while it is being brought up again', async () => {
    const postgres = await start();
    process.kill(postgres.pid(), 'SIGKILL');
    await vi.waitFor(() => expect(lines.join('')).toContain('was lost'), { interval: 1 });
    await postgres.stop();
    expect(await isRunning(postgres.pid())).toBe(false);
  });
});

describe('the account PostgreSQL runs under', () => {
  it.runIf(isRoot)('is the current one for an ordinary user', async () => {
    // Inside the namespace this process is an ordinary user, and sees itself as one.
    const asUser = ['unshare', '--user', '--map-user=65534', '--map-group=65534'];
    const { child, pid, uid } = (await startElsewhere('', asUser)) as { child: ChildProcess; pid: number; uid: number };
    expect(uid).toBe(65534);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.write('stop');
    expect(await gone).toBe(0);
    expect(await isRunning(pid)).toBe(false);
  });

  it.runIf(isRoot)('is another user of the system for root where namespaces are refused', async () => {
    const native = path.join(path.dirname((await findBinaries()).postgres), '..');
    const open = await mkdtemp(path.join(tmpdir(), 'signalbox-native-'));
    try {
      await cp(native, path.join(open, 'native'), { recursive: true, verbatimSymlinks: true });
      await chmod(open, 0o755);
      const more = { binaries: binariesIn(path.join(open, 'native')), unshare: 'false' };
      const postgres = await start(dataDir, more);
      expect((await stat(path.join(dataDir, 'cluster'))).uid).not.toBe(0);
      expect((await stat(`/proc/${postgres.pid()}`)).uid).not.toBe(0);
      await query(postgres, 'create table kept as select 42 as answer');
      await postgres.stop();
      // Namespaces or not: the files are that user's now.
      const again = await start(dataDir, { binaries: more.binaries });
      expect(await query(again, 'select answer from kept')).toEqual([{ answer: 42 }]);
      await again.stop();
    } finally {
      await rm(open, { recursive: true });
    }
  });

  it.runIf(isRoot)('is nobody where neither is possible, and the message says what to do', async () => {
    const hidden = path.join(dataDir, 'only', 'root');
    await mkdir(hidden, { recursive: true, mode: 0o700 });
    await expect(chooseAccount(await findBinaries(), hidden, 'false')).rejects.toThrow(
      /does not run as root.*DATABASE_URL/,
    );
  });
});

describe('the libraries of the package', () => {
  it('get their links where npm ran no install script', async () => {
    await mkdir(path.join(dataDir, 'native', 'lib'), { recursive: true });
    await writeFile(path.join(dataDir, 'native', 'lib', 'libpq.so.5.18'), 'library');
    const list = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
    await writeFile(path.join(dataDir, 'native', 'pg-symlinks.json'), JSON.stringify(list));
    await restoreLibraryLinks(path.join(dataDir, 'native'));
    await restoreLibraryLinks(path.join(dataDir, 'native'));
    expect(await readFile(path.join(dataDir, 'native', 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
  });
});
