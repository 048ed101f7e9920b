import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';

/**
 * Takes away a file that was begun and will not be finished. A stream opens its file a moment after it was made: who removes the
 * file before it is closed may find it there again.
 */
export const discard = async (stream: WriteStream, path: string): Promise<void> => {
  stream.on('error', () => {});
  stream.destroy();
  if (!stream.closed) await once(stream, 'close');
  await rm(path, { force: true });
};
