import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BotError } from '@signalbox/taskbot';

type Kind = 'chrome' | 'edge' | 'chromium';

const ORDER: Readonly<Record<string, readonly Kind[]>> = {
  CHROME: ['chrome', 'chromium', 'edge'],
  EDGE: ['edge', 'chrome', 'chromium'],
};

const ON_PATH: Readonly<Record<Kind, readonly string[]>> = {
  chrome: ['google-chrome', 'google-chrome-stable', 'chrome'],
  edge: ['microsoft-edge', 'microsoft-edge-stable', 'msedge'],
  chromium: ['chromium', 'chromium-browser', 'chromium-headless-shell', 'headless_shell'],
};

const ON_WINDOWS: Readonly<Record<Kind, string>> = {
  chrome: 'Google\\Chrome\\Application\\chrome.exe',
  edge: 'Microsoft\\Edge\\Application\\msedge.exe',
  chromium: 'Chromium\\Application\\chrome.exe',
};

const ON_MAC: Readonly<Record<Kind, string>> = {
  chrome: '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  edge: '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  chromium: '/Applications/Chromium.app/Contents/MacOS/Chromium',
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The browser of this device. All of them speak the same protocol, so one that the bot did not name does as well:
 * nothing is ever downloaded. `SIGNALBOX_BROWSER_PATH` names another one, or the one to take.
 *
 * @param wanted what the document says: CHROME, EDGE, DEFAULT, INTERNET_EXPLORER, FIREFOX …
 */
export const findBrowser = (wanted: string, environment: Environment = process.env): string => {
  const given = environment.SIGNALBOX_BROWSER_PATH ?? '';
  if (given !== '') {
    if (canRun(given)) return given;
    throw new BotError('SIGNALBOX_BROWSER_PATH names no program that can be run. Correct it, or take it out.');
  }
  const kinds = ORDER[wanted.toUpperCase()] ?? ['chrome', 'edge', 'chromium'];
  const found = kinds.flatMap((kind) => placesOf(kind, environment)).find(canRun);
  if (found !== undefined) return found;
  throw new BotError(
    'This device has no Chrome, Edge or Chromium. Install one, or say where it is in SIGNALBOX_BROWSER_PATH.',
  );
};

const placesOf = (kind: Kind, environment: Environment): string[] => {
  if (process.platform === 'win32') {
    const roots = [environment.PROGRAMFILES, environment['PROGRAMFILES(X86)'], environment.LOCALAPPDATA];
    return roots.flatMap((root) => (root === undefined ? [] : [join(root, ON_WINDOWS[kind])]));
  }
  // A robot may run with an environment that names no folders.
  const folders = (environment.PATH ?? '/usr/local/bin:/usr/bin:/bin:/snap/bin').split(delimiter);
  const onPath = folders.flatMap((folder) => ON_PATH[kind].map((name) => join(folder, name)));
  return process.platform === 'darwin' ? [ON_MAC[kind], ...onPath] : onPath;
};

const canRun = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
