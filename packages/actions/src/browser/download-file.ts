import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { httpCall } from '../network/index.ts';
import { devicePath } from '../support/device-path.ts';
import { fileWorkAsync } from '../support/file-fault.ts';
import { browserIfOpen } from './run-browser.ts';

const MOST_BYTES = 2 * 1024 ** 3;

/** With the cookies of the browser, where one is open: files behind a log-in. Attribute names are [inferred]. */
export const downloadFile = action({
  package: 'Browser',
  name: 'downloadFile',
  summary: 'Fetches a file from a web address, with the log-in that the browser has there.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    url: attribute.text({ required: true, alias: ['downloadUrl', 'sourceUrl', 'fileUrl', 'downloadFrom'] }),
    filePath: attribute.file({ required: true, alias: ['destination', 'saveTo', 'savePath', 'destinationFile'] }),
    overwrite: attribute.flag({ alias: ['isOverwrite', 'overwriteFile'] }),
    timeoutValue: attribute.number({ fallback: 600, alias: ['timeout'], note: 'Seconds.' }),
  },
  run: async (input, host) => {
    const path = devicePath(input.filePath, host);
    if (existsSync(path) && !input.overwrite) {
      throw new BotError(`"${path}" exists already. Allow overwriting, or choose another name.`);
    }
    const browser = await browserIfOpen(host);
    const cookies = (await browser?.cookieHeader(input.url)) ?? '';
    const request = {
      method: 'GET',
      url: input.url,
      headers: cookies === '' ? [] : ([['cookie', cookies]] as const),
      timeout: input.timeoutValue * 1000,
      most: MOST_BYTES,
    };
    await httpCall(request, host, (answer) => {
      if (answer.status >= 400) {
        throw new BotError(`${answer.shown} answered ${answer.status} ${answer.reason}, so there is no file to keep.`);
      }
      return fileWorkAsync('download to', path, async () => {
        await mkdir(dirname(path), { recursive: true });
        const passing = `${path}.part`;
        try {
          await pipeline(answer.body, createWriteStream(passing), { signal: host.signal });
          await rename(passing, path);
        } catch (cause) {
          await rm(passing, { force: true });
          throw cause;
        }
      });
    });
    return undefined;
  },
});
