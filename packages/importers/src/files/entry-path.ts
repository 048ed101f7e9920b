import { ArchiveFault, readEntryPath as readPath } from '@signalbox/archives';
import { refuseArchive } from './refuse-archive.ts';

export { pathKey } from '@signalbox/archives';

/** The path of an archive's entry with slashes, as it may be used. @throws ImportRefusal */
export function readEntryPath(name: string): string {
  try {
    return readPath(name);
  } catch (cause) {
    throw cause instanceof ArchiveFault ? refuseArchive(cause) : cause;
  }
}
