import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { isAbsolute, join } from 'node:path';
import { findProgram } from './find-program.ts';
import { killCarrying, signalGroup } from './process-group.ts';

/** How long a program that was told to stop may take. */
const GRACE_MS = 5_000;
/** How long to listen to what has ended itself: somebody else may hold its output open. */
const LAST_WORDS_MS = 2_000;

export interface ProgramCall {
  /** Program and arguments. */
  readonly words: readonly string[];
  readonly folder: string;
  /** All that it sees of the environment. With a `ROBOT_ROOT`, whatever carries the same is ended with it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Stops it, when aborted. */
  readonly signal: AbortSignal;
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void;
  /** It runs, in a group of its own under this number. */
  readonly onStarted?: (pid: number) => void;
}

export interface ProgramEnd {
  /** `exit code 3`, or the name of the signal that ended it. */
  readonly how: string;
  readonly code: number | null;
}

/** Why a program could not be started, in words for whoever wrote its name. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

/**
 * Runs a program to its end, or to that of `signal`: then it is asked to stop, and made to after a while. Whatever it started
 * ends with it.
 *
 * @throws NotStarted
 */
export async function runProgram(call: ProgramCall): Promise<ProgramEnd> {
  const [name = '', ...rest] = call.words;
  const child = spawn(locate(name, call), rest, {
    cwd: call.folder,
    env: call.environment,
    // A group of its own, so that its children end with it.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const exited = once(child, 'exit').catch((cause: unknown) => {
    throw notStarted(name, cause);
  });
  const { pid } = child;
  if (pid === undefined) {
    await exited;
    throw notStarted(name, new Error('it has no number'));
  }
  const closed = once(child, 'close');
  // Whichever is waited for tells what went wrong; the other must not tell it to nobody.
  for (const end of [exited, closed]) end.catch(() => {});
  const stop = stopper(pid, call);
  try {
    listen(child, call.onOutput);
    call.onStarted?.(pid);
    await exited;
  } finally {
    stop.done();
    endAll(pid, call);
  }
  const patience = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, LAST_WORDS_MS);
  await closed;
  clearTimeout(patience);
  const { exitCode: code, signalCode } = child;
  return { code, how: signalCode ?? `exit code ${code}` };
}

/** Whether the program would be found. */
export function isThere(name: string, call: Pick<ProgramCall, 'folder' | 'environment'>): boolean {
  return programOf(name, call) !== undefined;
}

function programOf(
  name: string,
  { folder, environment }: Pick<ProgramCall, 'folder' | 'environment'>,
): string | undefined {
  const hasPlace = /[\\/]/.test(name);
  return findProgram(hasPlace && !isAbsolute(name) ? join(folder, name) : name, environment.PATH ?? '');
}

function locate(name: string, call: ProgramCall): string {
  const found = programOf(name, call);
  if (found !== undefined) return found;
  throw new NotStarted(`"${name}" is no program on this device. Is it spelt so, is it on the PATH, and may it be run?`);
}

function listen(child: ChildProcess, onOutput: ProgramCall['onOutput']): void {
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput('stdout', text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => onOutput('stderr', text));
}

function stopper(pid: number, call: ProgramCall): { done(): void } {
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    signalGroup(pid, 'SIGTERM');
    kill = setTimeout(() => endAll(pid, call), GRACE_MS);
  };
  if (call.signal.aborted) stop();
  else call.signal.addEventListener('abort', stop, { once: true });
  return {
    done: () => {
      clearTimeout(kill);
      call.signal.removeEventListener('abort', stop);
    },
  };
}

function endAll(pid: number, { environment }: ProgramCall): void {
  signalGroup(pid, 'SIGKILL');
  if (environment.ROBOT_ROOT !== undefined) killCarrying('ROBOT_ROOT', environment.ROBOT_ROOT);
}

function notStarted(name: string, cause: unknown): NotStarted {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new NotStarted(`"${name}" could not be started: ${why}.`, { cause });
}
