import { error } from '../../../kernel/errors.ts';
import { quote } from './directory.ts';

/** Windows gives these names to devices, whatever stands behind a dot; a bot must be writable to a runner's disk. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** @param path in the repository, with slashes. @throws invalid */
export function requirePlace(path: string): void {
  for (const name of path.split(/[\\/]/)) {
    if (DEVICE.test(name))
      throw error('invalid', `${quote(path)} uses the name ${quote(name)}, which Windows reserves for a device.`);
    if (/[. ]$/.test(name))
      throw error('invalid', `${quote(path)} has a name that ends in a dot or blank, which Windows does not keep.`);
  }
}
