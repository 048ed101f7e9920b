import { ArchiveFault, quote } from './archive-fault.ts';

/**
 * The path of an entry with slashes, as it may be used. Archives made on Windows name their files with either slash; a name
 * that would lead out of the archive is not mended but refused, because no program that packs writes one.
 *
 * @throws ArchiveFault `bad-name`, `absolute-path`, `climbing-path`
 */
export function readEntryPath(name: string): string {
  const path = name.replaceAll('\\', '/');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) {
    throw new ArchiveFault('bad-name', `The file ${quote(name)} has control characters in its name`);
  }
  if (path.startsWith('/')) throw new ArchiveFault('absolute-path', `The file ${quote(name)} has an absolute path`);
  if (/^[a-z]:/i.test(path)) throw new ArchiveFault('absolute-path', `The file ${quote(name)} names a drive`);
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) {
    throw new ArchiveFault('climbing-path', `The file ${quote(name)} climbs out of the archive`);
  }
  return segments.join('/');
}

/** Under which two files are one on Windows and on Macs. */
export function pathKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
