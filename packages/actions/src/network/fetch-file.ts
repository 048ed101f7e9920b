import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BotError, type Host } from '@signalbox/taskbot';
import { discard } from '../support/discard.ts';
import { fileWorkAsync } from '../support/file-fault.ts';
import type { Headers } from './headers.ts';
import { httpCall } from './http-call.ts';

const MOST_BYTES = 2 * 1024 ** 3;

/**
 * Fetches a file to where it shall lie. It arrives under a passing name and gets its own when it is whole, so that nobody
 * reads half a file. An answer of 400 or more is a fault.
 *
 * @param timeout milliseconds for all of it
 */
export const fetchFile = (
  from: { readonly url: string; readonly headers?: Headers; readonly timeout: number },
  path: string,
  host: Host,
): Promise<void> =>
  httpCall({ method: 'GET', headers: [], most: MOST_BYTES, ...from }, host, (answer) => {
    if (answer.status >= 400) {
      throw new BotError(`${answer.shown} answered ${answer.status} ${answer.reason}, so there is no file to keep.`);
    }
    return fileWorkAsync('download to', path, async () => {
      await mkdir(dirname(path), { recursive: true });
      const passing = `${path}.part`;
      const file = createWriteStream(passing);
      try {
        await pipeline(answer.body, file, { signal: host.signal });
        await rename(passing, path);
      } catch (cause) {
        await discard(file, passing);
        throw cause;
      }
    });
  });
