import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const command = join(root, 'node_modules', '.bin', 'signalbox');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  /** Resolves once standard error holds the text. */
  said(text: string): Promise<void>;
  stop(signal: NodeJS.Signals): void;
}

/** The command as a developer calls it: the file that npm puts into node_modules/.bin, in a process of its own. */
export function start(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly stdin?: string } = {},
): Running {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`, ...options.env },
    stdio: 'pipe',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  child.stdin.end(options.stdin ?? '');
  return {
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr })),
    said: async (text) => {
      while (!stderr.includes(text)) await once(child.stderr, 'data');
    },
    stop: (signal) => child.kill(signal),
  };
}

export const signalbox = (args: readonly string[], options: Parameters<typeof start>[1] = {}): Promise<Ended> =>
  start(args, options).ended;

/** A folder of the test's own, gone after it. */
export function testFolder(): { at(name: string): string; write(name: string, content: string | Uint8Array): string } {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  return {
    at,
    write: (name, content) => {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    },
  };
}

export const bot = (nodes: readonly object[], variables: readonly object[] = []): string =>
  JSON.stringify({ nodes, variables });

let uid = 0;

export const node = (word: string, attributes: Readonly<Record<string, object>> = {}, more: object = {}): object => {
  const [packageName, ...commandName] = word.split('.');
  uid += 1;
  return {
    uid: String(uid),
    packageName,
    commandName: commandName.join('.'),
    disabled: false,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    ...more,
  };
};

export const text = (string: string): object => ({ type: 'STRING', string });
export const expression = (value: string, type = 'STRING'): object => ({ type, expression: value });
export const into = (variableName: string): object => ({ returnTo: { type: 'VARIABLE', variableName } });

export const assign = (value: string, variable: string): object =>
  node('String.assign', { sourceString: expression(value) }, into(variable));

export const log = (value: string): object =>
  node('MessageBox.messageBox', { title: text('t'), content: expression(value) });

export const throwing = (message: string): object =>
  node('ErrorHandler.throw', {
    exceptionType: { type: 'EXCEPTION', exceptionName: 'BotException', packageName: 'ErrorHandler' },
    message: expression(message),
  });

export const callOf = (path: string): object =>
  node('TaskBot.runTask', {
    taskbot: { type: 'TASKBOT', taskbotFile: { type: 'FILE', string: `repository:///${encodeURI(path)}` } },
  });

/** A loop that never ends by itself. */
export const endless = (...children: readonly object[]): object =>
  node(
    'Loop.loop.commands.start',
    {},
    {
      attributes: [
        { name: 'loopType', value: text('WHILE') },
        {
          name: 'condition',
          value: { type: 'CONDITIONAL', conditionalName: 'booleanVariable', packageName: 'Boolean' },
          attributes: [
            { name: 'variable', value: { type: 'BOOLEAN', boolean: true } },
            { name: 'operator', value: text('EQ') },
            { name: 'value', value: { type: 'BOOLEAN', boolean: true } },
          ],
        },
      ],
      children,
    },
  );
