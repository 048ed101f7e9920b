import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { BotError, type BotValue, fromJson, type Host, type Json, toJson } from '@signalbox/taskbot';
import type { SessionKind } from '../support/session.ts';
import { DRIVER } from './driver.ts';

/** What a Python finds its libraries and its place by. All else stays with the runner, whose tokens may be among it. */
const ENVIRONMENT =
  /^(path|home|lang|lc_\w+|tz|tmpdir|temp|tmp|systemroot|windir|userprofile|appdata|localappdata|pathext)$/i;
const LONGEST_ANSWER = 50 * 1024 * 1024;
const MOST_LOG_LINES = 10_000;
const LONGEST_LOG_LINE = 2000;
const GRACE = 1000;

type Request =
  | { readonly kind: 'load'; readonly source: string; readonly path: string }
  | { readonly kind: 'run' }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Json[] };

interface Reply {
  readonly log?: string;
  readonly value?: Json;
  readonly error?: string;
  readonly line?: number | null;
}

/** A Python of its own for one session. Ended with everything it started when the run stops or the session closes. */
export class PythonProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  #host: Host;
  #received = '';
  #logged = 0;
  #ended: BotError | undefined;
  #waiting: { readonly settle: (reply: Reply) => void; readonly fail: (fault: BotError) => void } | undefined;
  /** What the request at hand printed. */
  #printed: string[] = [];

  constructor(interpreter: string, folder: string, host: Host) {
    this.#host = host;
    this.#child = spawn(interpreter, ['-u', '-E', '-c', DRIVER], {
      cwd: folder,
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name))),
      // A group of its own, so that its children end with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.#child.once('error', (cause) => this.#end(notStarted(interpreter, cause)));
    this.#child.once('exit', (code, signal) => {
      this.#end(
        new BotError(`Python ended by itself (${signal ?? `code ${code}`}). Look into the log of the run for why.`),
      );
    });
    this.#child.stdin.on('error', () => {}); // its end is told by the two above
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split(/\r?\n/)) if (line !== '') this.#log('warn', line);
    });
  }

  async load(source: string, path: string, host: Host): Promise<void> {
    await this.#ask({ kind: 'load', source, path }, host);
  }

  /** Runs the whole script once more, as a program. Answers what it printed. */
  async run(host: Host): Promise<string> {
    await this.#ask({ kind: 'run' }, host);
    return this.#printed.join('\n');
  }

  async call(name: string, argument: BotValue, host: Host): Promise<BotValue> {
    const given = argument === null ? [] : [toJson(argument)];
    return fromJson(await this.#ask({ kind: 'call', name: name.trim(), arguments: given }, host));
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    const patience = setTimeout(() => this.#kill(), GRACE);
    this.#child.stdin.end();
    await gone;
    clearTimeout(patience);
  }

  async #ask(request: Request, host: Host): Promise<Json> {
    host.signal.throwIfAborted();
    if (this.#ended !== undefined) throw this.#ended;
    this.#host = host;
    this.#printed = [];
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#waiting = { settle: resolve, fail: reject };
    const stop = () => {
      this.#end(new BotError('Python was ended because the run was stopped.'));
      this.#kill();
    };
    host.signal.addEventListener('abort', stop, { once: true });
    try {
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, error, line } = await promise;
      if (error === undefined) return value ?? null;
      throw new BotError(
        `The script failed${typeof line === 'number' ? ` in line ${line}` : ''}: ${error.slice(0, 1000)}`,
      );
    } finally {
      host.signal.removeEventListener('abort', stop);
      this.#waiting = undefined;
    }
  }

  #receive(text: string): void {
    this.#received += text;
    for (let end = this.#received.indexOf('\n'); end >= 0; end = this.#received.indexOf('\n')) {
      const line = this.#received.slice(0, end);
      this.#received = this.#received.slice(end + 1);
      // Only the driver writes to this channel.
      const reply = JSON.parse(line) as Reply;
      if (reply.log === undefined) this.#waiting?.settle(reply);
      else {
        if (this.#printed.length < MOST_LOG_LINES) this.#printed.push(reply.log);
        this.#log('info', reply.log);
      }
    }
    if (this.#received.length > LONGEST_ANSWER) {
      this.#end(new BotError(`The script gave more than ${LONGEST_ANSWER / (1024 * 1024)} MB. Give less at a time.`));
      this.#kill();
    }
  }

  #log(level: 'info' | 'warn', line: string): void {
    this.#logged += 1;
    if (this.#logged <= MOST_LOG_LINES) this.#host.log(level, line.slice(0, LONGEST_LOG_LINE));
  }

  #end(fault: BotError): void {
    this.#ended ??= fault;
    this.#waiting?.fail(this.#ended);
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#child.kill('SIGKILL');
      else process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended in the meantime.
    }
  }
}

export const PYTHON: SessionKind<PythonProcess> = {
  package: 'Python',
  content: PythonProcess,
  opener: 'Python script: Open',
};

const notStarted = (interpreter: string, cause: Error): BotError => {
  const code = 'code' in cause ? String(cause.code) : cause.message;
  return new BotError(
    code === 'ENOENT'
      ? `Python was not found as "${interpreter}". Install Python 3 on this device, or give the path of its interpreter.`
      : `Python could not be started as "${interpreter}" (${code}). Check the path of the interpreter and its rights.`,
    { cause },
  );
};
