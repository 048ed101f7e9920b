import { isAbsolute, resolve } from 'node:path';
import { BotError, type Host } from '@signalbox/taskbot';
import { excerpt } from './text.ts';

const DRIVE = /^[a-zA-Z]:[\\/]/;

/**
 * Where a path of a bot lies on this device. Relative paths lie in the run's own folder. Backslashes are separators
 * everywhere, because bots are written on Windows.
 */
export const devicePath = (path: string, host: Host): string => {
  const text = path.trim().replace(/^file:\/\/(?=[\\/]|[a-zA-Z]:)/, '');
  if (text === '')
    throw new BotError('Expected a path, but got an empty text. Fill in the path, or check the variable in it.');
  if (text.startsWith('repository:')) {
    throw new BotError(
      `"${excerpt(text)}" lies in the Control Room's repository, not on this device. Add the file to the bot's dependencies, so that it is copied to the device before the run.`,
    );
  }
  if (text.includes('\0')) throw new BotError('A path must not contain a zero character.');
  const folder = host.run.workFolder;
  if (folder === undefined) {
    // Such runs share a process with the server: a full path would reach the server's own files.
    throw new BotError(`"${excerpt(text)}" cannot be opened: this run has no file system. Run the bot on a device.`);
  }
  const local = process.platform === 'win32' ? text.replace(/^[\\/](?=[a-zA-Z]:)/, '') : posixPath(text);
  return isAbsolute(local) ? resolve(local) : resolve(folder, local);
};

const posixPath = (text: string): string => {
  if (DRIVE.test(text) || DRIVE.test(text.slice(1))) {
    throw new BotError(
      `"${excerpt(text)}" is a path on a Windows drive, and this device runs ${process.platform}. Run the bot on a Windows device, or take the folder from a variable or global value.`,
    );
  }
  return text.replaceAll('\\', '/');
};
