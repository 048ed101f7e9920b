import { statSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { fetchFile } from '../network/fetch-file.ts';
import { devicePath } from '../support/device-path.ts';
import { fileWorkAsync } from '../support/file-fault.ts';

const TIME_OUT_MS = 30 * 60_000;

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
    if (url) await fetchFile({ url: url.href, timeout: TIME_OUT_MS }, target, host);
    else await copyInto(target, source ?? '');
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

const copyInto = (target: string, source: string): Promise<void> =>
  fileWorkAsync('download to', target, async () => {
    await mkdir(dirname(target), { recursive: true });
    const passing = `${target}.part`;
    try {
      await copyFile(source, passing);
      await rename(passing, target);
    } catch (cause) {
      await rm(passing, { force: true });
      throw cause;
    }
  });
