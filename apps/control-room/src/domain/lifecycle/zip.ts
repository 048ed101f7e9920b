import { error, SignalboxError } from '../../kernel/errors.ts';

/**
 * Archives are written and read by zip.js: of the libraries at hand the only one that does AES-256 both ways and streams.
 * Loaded when it is first needed.
 */
export const loadZip = (): Promise<typeof import('@zip.js/zip.js')> => import('@zip.js/zip.js');

/** In this thread: the library would start workers of its own. */
export const PLAIN = { useWebWorkers: false } as const;

/** What the library found wrong is the archive's fault; anything else stays what it is. */
export async function asRefusal(cause: unknown): Promise<unknown> {
  if (cause instanceof SignalboxError || !(cause instanceof Error)) return cause;
  const zip = await loadZip();
  const { message } = cause;
  if (message === zip.ERR_INVALID_PASSWORD) return error('invalid', 'The password of the archive is wrong.');
  if (message === zip.ERR_ENCRYPTED)
    return error('invalid', 'The archive is encrypted, and no password came.', { details: 'expected archivePassword' });
  if (message === zip.ERR_EOCDR_NOT_FOUND || message === zip.ERR_BAD_FORMAT)
    return error('invalid', 'The file is no zip archive, or not all of it arrived.');
  const known = Object.entries(zip).some(([name, value]) => name.startsWith('ERR_') && value === message);
  return known ? error('invalid', `The archive is damaged: ${message}.`, { cause }) : cause;
}
