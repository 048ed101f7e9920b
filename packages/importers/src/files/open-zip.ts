import { openArchive } from '@signalbox/archives';
import type { ImportLimits } from '../limits.ts';
import type { FileSet } from './file-set.ts';
import { refuseArchive } from './refuse-archive.ts';

/**
 * Opens a zip archive, judged by all that its directory says before anything is unpacked.
 *
 * @throws ImportRefusal
 */
export async function openZip(from: string | Buffer, limits: ImportLimits): Promise<FileSet> {
  const { files, close } = await openArchive(from, { limits, refuse: refuseArchive });
  return { files, skipped: [], close };
}
