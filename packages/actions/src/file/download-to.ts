import { createWriteStream, statSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { action, attribute, BotError, type Host } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWorkAsync } from '../support/file-fault.ts';

/**
 * From a web address or another place of the device. The text arrives under a passing name and gets its own when it is
 * whole, so that nobody reads half a file.
 */
export const downloadTo = action({
  package: 'File',
  name: 'downloadTo',
  summary: 'Fetches a file from a web address or folder.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    source: attribute.file({ required: true }),
    destination: attribute.file({ required: true }),
    overwrite: attribute.flag({ alias: ['isOverwrite'] }),
  },
  run: async (input, host) => {
    const url = /^https?:\/\//i.test(input.source) ? addressOf(input.source) : undefined;
    const source = url ? undefined : devicePath(input.source, host);
    const target = targetOf(devicePath(input.destination, host), basename(source ?? url?.pathname ?? ''));
    if (!input.overwrite && statSync(target, { throwIfNoEntry: false })) {
      throw new BotError(
        `Cannot download to "${target}": it exists already. Allow overwriting, or choose another name.`,
      );
    }
    await fileWorkAsync('download to', target, async () => {
      await mkdir(dirname(target), { recursive: true });
      const passing = `${target}.part`;
      try {
        if (url) await fetchInto(passing, url, host);
        else await copyFile(source ?? '', passing);
        await rename(passing, target);
      } catch (cause) {
        await rm(passing, { force: true });
        throw cause;
      }
    });
    return undefined;
  },
});

const addressOf = (text: string): URL => {
  const url = URL.parse(text);
  if (url) return url;
  throw new BotError('Expected a web address such as https://example.com/file.csv. Check the variables in it.');
};

const targetOf = (destination: string, name: string): string =>
  statSync(destination, { throwIfNoEntry: false })?.isDirectory() ? join(destination, name || 'download') : destination;

const fetchInto = async (path: string, url: URL, host: Host): Promise<void> => {
  // Query and user part may carry a secret: the address is named without them.
  const shown = `${url.origin}${url.pathname}`;
  const answer = await fetch(url, { signal: host.signal }).catch((cause: unknown) => {
    throw new BotError(`Cannot reach ${shown}. Check the address and the network of the device.`, { cause });
  });
  if (!answer.ok || !answer.body) {
    throw new BotError(`${shown} answered ${answer.status} ${answer.statusText}, so there is no file to keep.`);
  }
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(path), { signal: host.signal });
};
