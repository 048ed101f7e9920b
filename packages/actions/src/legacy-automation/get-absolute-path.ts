import { posix, win32 } from 'node:path';
import { packageFunction } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

/**
 * A relative path under the base that the argument names (`$@AABasePath$` in nearly all uses); a full path stays
 * [inferred]. Joined in the manner of the base, so a Windows bot reads the same on any device.
 */
export const getAbsolutePath = packageFunction({
  package: 'LegacyAutomation',
  name: 'getAbsolutePath',
  summary: 'The path, put under a base folder when it is relative.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'STRING',
  apply: (subject, argument) => {
    const path = asText(subject);
    const base = asText(argument);
    if (path === '' || base === '' || win32.isAbsolute(path) || /^[a-z][a-z0-9+.-]+:\/\//i.test(path)) return path;
    return /^[a-z]:|\\/i.test(base) ? win32.join(base, path) : posix.join(base, path.replaceAll('\\', '/'));
  },
});
