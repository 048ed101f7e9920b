/** What stands in front of a path in a FILE value. */
const FILE_SCHEME = /^file:\/\//i;
const DRIVE_AFTER_SLASH = /^\/(?=[A-Za-z]:)/;

/**
 * A FILE's text as a path of the device: `file:///C:/a%20b` is `C:/a b`, `file:////server/share` is `//server/share`.
 * A `repository:///` URI stays one, for the vault of bots reads it.
 */
export function pathOfFile(text: string): string {
  return FILE_SCHEME.test(text) ? decodePercent(withoutScheme(text)) : text;
}

/** The same without decoding: for a text whose literal parts were decoded before values were put between them. */
export function withoutScheme(text: string): string {
  return text.replace(FILE_SCHEME, '').replace(DRIVE_AFTER_SLASH, '');
}

/** Percent-decoding that leaves alone what is not an encoding: a real file may be called `100%.txt`. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `repository:///Automation%20Anywhere/Bots/Demo/Child` → `Automation Anywhere/Bots/Demo/Child`. */
export function pathOfBot(uri: string): string {
  return decodePercent(uri.trim().replace(/^repository:\/*/i, ''))
    .replaceAll('\\', '/')
    .replace(/^\/+/, '');
}
