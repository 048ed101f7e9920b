import { homedir } from 'node:os';
import { parse, resolve, sep } from 'node:path';
import { BotError, type Host } from '@signalbox/taskbot';

/** An empty variable in a path must not delete the device: roots, the home folder and what holds the run stay. */
export const refuseRoot = (path: string, host: Host): void => {
  const full = resolve(path);
  const kept = [parse(full).root, homedir(), host.run.workFolder ?? homedir()].map((folder) => resolve(folder));
  if (kept.some((folder) => folder === full || folder.startsWith(full.endsWith(sep) ? full : full + sep))) {
    throw new BotError(`The folder "${full}" is too high up to be deleted by a bot. Check the variables in its path.`);
  }
};
