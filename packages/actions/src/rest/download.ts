import { createWriteStream, statSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BotError, type Host } from '@signalbox/taskbot';
import type { HttpAnswer } from '../network/index.ts';
import { devicePath } from '../support/device-path.ts';
import { discard } from '../support/discard.ts';
import { fileWorkAsync } from '../support/file-fault.ts';

/** Writes an answer to a file under a passing name first, so that nobody reads half of it. Answers the path. */
export const saveAnswer = async (
  answer: HttpAnswer,
  { downloadPath, overwrite }: { readonly downloadPath: string; readonly overwrite: boolean },
  host: Host,
): Promise<string> => {
  const path = devicePath(downloadPath, host);
  if (!overwrite && statSync(path, { throwIfNoEntry: false })) {
    throw new BotError(`Cannot download to "${path}": it exists already. Allow overwriting, or choose another name.`);
  }
  const passing = `${path}.part`;
  // What fails on the network is told as that, so only the file's own faults are caught here.
  await fileWorkAsync('download to', path, () => mkdir(dirname(path), { recursive: true }));
  const file = createWriteStream(passing);
  try {
    await pipeline(answer.body, file, { signal: host.signal });
    await fileWorkAsync('download to', path, () => rename(passing, path));
  } catch (cause) {
    await discard(file, passing);
    throw cause;
  }
  return path;
};
