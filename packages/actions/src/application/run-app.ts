import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { untilStopped } from '../support/until-stopped.ts';
import { childEnvironment } from './child-environment.ts';

/**
 * Starts a program and goes on at once; it outlives the bot, as the vendor's does. Programs without a window do here what
 * they do there; what needs one to click on is told at the line that clicks.
 */
export const runApp = action({
  package: 'Application',
  name: 'runApp',
  alias: ['open', 'openProgram'],
  summary: 'Starts a program or script of the device.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    filePath: attribute.file({ required: true }),
    startInPath: attribute.text({ alias: ['startIn'] }),
    parameters: attribute.text({ alias: ['arguments'], note: 'Separated by blanks; quotes keep them together.' }),
  },
  run: async (input, host) => {
    const path = devicePath(input.filePath, host);
    requireProgram(path);
    const folder = input.startInPath === '' ? dirname(path) : devicePath(input.startInPath, host);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new BotError(`The folder to start in, "${folder}", is not there. Create it, or leave it empty.`);
    }
    const child = spawn(path, wordsOf(input.parameters), {
      cwd: folder,
      env: childEnvironment(),
      detached: true,
      stdio: 'ignore',
      windowsHide: true,
    });
    await untilStopped(begun(child, path), host.signal);
    child.unref();
    return undefined;
  },
});

const requireProgram = (path: string): void => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new BotError(`The program "${path}" is not there. Check the path.`);
  if (stats.isFile() && isProgram(path)) return;
  throw new BotError(
    `"${path}" is no program. A document would open in its program's window, which robots here have not; read it with the actions for its kind.`,
  );
};

/** On Windows by its ending. Batch files need a shell, whose quoting no argument can be kept safe in: they are none. */
const isProgram = (path: string): boolean => {
  if (process.platform === 'win32') return /^\.(?:exe|com)$/i.test(extname(path));
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const begun = (child: ChildProcess, path: string): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', resolve);
  child.once('error', (cause) => reject(new BotError(`"${path}" did not start: ${cause.message}`, { cause })));
  return promise;
};

const wordsOf = (text: string): string[] =>
  Array.from(text.matchAll(/(?:"[^"]*"|[^\s"])+/g), ([word]) => word.replaceAll('"', ''));
