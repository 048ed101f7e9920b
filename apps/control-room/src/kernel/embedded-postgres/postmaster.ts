import { execFile, spawn } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from '../log.ts';
import type { Account } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { type Endpoint, listenSettings } from './endpoint.ts';
import { voidStaleLocks } from './lock-file.ts';
import { isPostgresOf, postgresProcessesOf } from './processes.ts';

/** All that is needed to start PostgreSQL on a cluster, again and again. */
export interface PostmasterPlan {
  readonly binaries: PostgresBinaries;
  readonly account: Account;
  readonly cluster: string;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Logger;
}

/** A postmaster this process started. */
export interface Postmaster {
  readonly pid: number;
  /** Once it has ended: how, and its last words in the log. */
  ended(): Promise<string> | undefined;
}

const KEEP_LOG_BYTES = 10 * 1024 * 1024;
// A process that lost its postmaster leaves when it next waits for something; only a long computation does not.
const ORPHANS_MAY_FINISH_MS = 5_000;
const SHUTDOWN_MS = 60_000;

/** Starts PostgreSQL; it does not answer yet when this returns. */
export async function spawnPostmaster(plan: PostmasterPlan, endpoint: Endpoint): Promise<Postmaster> {
  await outliveOrphans(plan);
  await voidStaleLocks(plan.cluster, endpoint);
  const size = await rotateLog(plan.logFile);
  const logFile = await open(plan.logFile, 'a', 0o600);
  try {
    const [program = '', ...args] = [
      ...plan.account.prefix,
      plan.binaries.postgres,
      ...postmasterArguments(plan, endpoint),
    ];
    const child = spawn(program, args, {
      ...plan.account.ids,
      cwd: path.dirname(plan.cluster),
      env: environmentFor(process.env),
      // A session of its own: Ctrl-C in the terminal reaches us, and we stop it when its clients are done.
      detached: true,
      stdio: ['ignore', logFile.fd, logFile.fd],
      windowsHide: true,
    });
    let ended: string | undefined;
    child.once('exit', (code, signal) => {
      ended = `it ended with ${signal ?? `code ${code}`}`;
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    // `unshare` becomes the program it starts, so this is PostgreSQL's own number.
    const pid = child.pid ?? Number.NaN;
    return { pid, ended: () => (ended === undefined ? undefined : withLastWords(ended, plan.logFile, size)) };
  } finally {
    await logFile.close();
  }
}

/** What the postmaster is called with; PostgreSQL keeps it in `postmaster.opts`. */
export function postmasterArguments(plan: PostmasterPlan, endpoint: Endpoint): string[] {
  const settings = { ...plan.settings, ...listenSettings(endpoint) };
  return ['-D', plan.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Whether the one that runs was started as we would start it now; not so after an upgrade or changed settings. */
export async function wasStartedAlike(plan: PostmasterPlan, endpoint: Endpoint): Promise<boolean> {
  const kept = await readFile(path.join(plan.cluster, 'postmaster.opts'), 'utf8').catch(() => '');
  const wanted = postmasterArguments(plan, endpoint).map((argument) => `"${argument}"`);
  return kept.trimEnd().endsWith(` ${wanted.join(' ')}`);
}

/** Stops it "fast": transactions under way are rolled back, everything is written, then it ends. Waits for the end. */
export async function stopPostmaster(plan: PostmasterPlan, pid: number): Promise<void> {
  const gone = async (withinMs: number) => {
    for (const end = Date.now() + withinMs; Date.now() < end; await pause(10)) {
      if (!(await isPostgresOf(pid, plan.cluster))) return true;
    }
    return false;
  };
  if (await gone(1)) return;
  if (process.platform === 'win32') {
    // There are no signals to send there; PostgreSQL's own tool has another way.
    await promisify(execFile)(plan.binaries.pgCtl, ['stop', '-D', plan.cluster, '-m', 'fast', '-w']);
    return;
  }
  kill(pid, 'SIGINT');
  if (await gone(SHUTDOWN_MS)) return;
  plan.log.error({ pid }, 'PostgreSQL does not stop: ending it at once, the next start recovers');
  kill(pid, 'SIGQUIT');
  await gone(SHUTDOWN_MS);
}

/** PostgreSQL's own variables would change what we start, and its messages are read: they have to be in English. */
export function environmentFor(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(PG|LC_|LANG|SIGNALBOX_|DATABASE_URL)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

/**
 * After a kill -9 of the postmaster its processes may still be at work for a moment. A new one refuses to start
 * meanwhile, rightly: two servers on the same files would ruin them.
 */
async function outliveOrphans({ cluster, log }: PostmasterPlan): Promise<void> {
  const start = Date.now();
  let asked: NodeJS.Signals | undefined;
  for (
    let orphans = await postgresProcessesOf(cluster);
    orphans.length > 0;
    orphans = await postgresProcessesOf(cluster)
  ) {
    const waited = Date.now() - start;
    const due = waited > 2 * ORPHANS_MAY_FINISH_MS ? 'SIGKILL' : waited > ORPHANS_MAY_FINISH_MS ? 'SIGQUIT' : undefined;
    if (due !== asked) {
      asked = due;
      log.warn({ orphans, signal: due }, 'processes of the former PostgreSQL do not end by themselves');
      for (const pid of orphans) kill(pid, due ?? 'SIGQUIT');
    }
    await pause(20);
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone, which is what was wanted.
  }
}

/** Keeps one former log; returns where this start's part begins. */
async function rotateLog(file: string): Promise<number> {
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size < KEEP_LOG_BYTES) return size;
  await rename(file, `${file}.1`);
  return 0;
}

async function withLastWords(ended: string, logFile: string, from: number): Promise<string> {
  const text = (await readFile(logFile)).subarray(from).toString();
  const told = text.split('\n').filter((line) => /FATAL|PANIC|error/i.test(line));
  const reason = told.at(-1)?.replace(/^.*?(FATAL|PANIC):\s*/, '');
  return `${ended}${reason ? ` (${reason})` : ''}, see ${logFile}`;
}
