import { quote, type RefusalCode, RobotRefusal } from '../robot-refusal.ts';

/**
 * The path of an entry with slashes. Archives made on Windows have either slash; a name that would lead out of the robot's
 * folder is not mended but refused, because no tool that packs robots writes one.
 *
 * @throws RobotRefusal `bad-name`, `absolute-path`, `climbing-path`
 */
export function readEntryPath(name: string): string {
  const refuse = (code: RefusalCode, what: string): RobotRefusal =>
    new RobotRefusal(code, `The file ${quote(name)} ${what}. Nothing was unpacked. Pack the robot anew.`);
  const path = name.replaceAll('\\', '/');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) throw refuse('bad-name', 'has control characters in its name');
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) throw refuse('absolute-path', 'has an absolute path');
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw refuse('climbing-path', 'climbs out of the robot');
  return segments.join('/');
}

/** Under which two files are one on Windows and on Macs. */
export function pathKey(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
