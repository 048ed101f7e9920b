import { existsSync } from 'node:fs';
import { extname } from 'node:path';

/** Names from strangers (mail, servers): no folders in them, nothing that Windows reserves, of bearable length. */
export const safeFileName = (name: string): string => {
  const bare = name
    .replace(/^.*[\\/]/s, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters have no place in a file name
    .replace(/[<>:"|?*\u0000-\u001f\u007f]/g, '_')
    .replace(/^\.+|[. ]+$/g, '')
    .trim();
  const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(bare) ? `_${bare}` : bare;
  const end = extname(reserved).slice(0, 20);
  return reserved === '' ? 'file' : `${reserved.slice(0, reserved.length - end.length).slice(0, 150)}${end}`;
};

/** `a.pdf` when it is taken: `a (1).pdf`, and so on. */
export const freePath = (path: string): string => {
  const end = extname(path);
  const start = path.slice(0, path.length - end.length);
  let number = 1;
  while (existsSync(`${start} (${number})${end}`)) number += 1;
  return `${start} (${number})${end}`;
};
