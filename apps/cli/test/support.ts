import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expression, into, node, text } from '../../../packages/importers/test-support/bot-parts.ts';

export { callOf, expression, into, node, text } from '../../../packages/importers/test-support/bot-parts.ts';
export { testFolder } from '../../../packages/importers/test-support/folder.ts';
export { zipOf } from '../../../packages/importers/test-support/zip.ts';

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

export const bot = (nodes: readonly object[], variables: readonly object[] = []): string =>
  JSON.stringify({ nodes, variables });

export const assign = (value: string, variable: string): object =>
  node('String.assign', { sourceString: expression(value) }, into(variable));

export const log = (value: string): object =>
  node('MessageBox.messageBox', { title: text('t'), content: expression(value) });

export const throwing = (message: string): object =>
  node('ErrorHandler.throw', {
    exceptionType: { type: 'EXCEPTION', exceptionName: 'BotException', packageName: 'ErrorHandler' },
    message: expression(message),
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
