import { ImportRefusal, quote } from '../import-refusal.ts';

/**
 * The path of an archive's entry with slashes, as it may be used. Exports are made on Windows and name their files with
 * either slash (contract bots §1.14); a name that would lead out of the archive is not mended but refused, because
 * no exporter writes one.
 *
 * @throws ImportRefusal
 */
export function readEntryPath(name: string): string {
  const path = name.replaceAll('\\', '/');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) {
    throw refuse('bad-name', name, 'has control characters in its name');
  }
  if (path.startsWith('/')) throw refuse('absolute-path', name, 'has an absolute path');
  if (/^[a-z]:/i.test(path)) throw refuse('absolute-path', name, 'names a drive');
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw refuse('climbing-path', name, 'climbs out of the archive');
  return segments.join('/');
}

function refuse(code: 'bad-name' | 'absolute-path' | 'climbing-path', name: string, what: string): ImportRefusal {
  return new ImportRefusal(
    code,
    `The file ${quote(name)} ${what}. Nothing was read. No export looks like this: ask whoever made the archive, and export it anew`,
  );
}

/** Under which two files are one on Windows, where exports come from. */
export function pathKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
