import { existsSync } from 'node:fs';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { fetchFile } from '../network/fetch-file.ts';
import { devicePath } from '../support/device-path.ts';
import { browserIfOpen } from './run-browser.ts';

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
    const headers = cookies === '' ? [] : ([['cookie', cookies]] as const);
    await fetchFile({ url: input.url, headers, timeout: input.timeoutValue * 1000 }, path, host);
    return undefined;
  },
});
