import type { loadZip } from '../zip.ts';

const TASKBOT = 'application/vnd.aa.taskbot';
/** A bot's name has no extension, or a dot by chance; these are never bots. */
const UNKNOWN = 'application/octet-stream';

/** What a file is that nobody says anything of: by its name's extension, else by what stands in it. */
export function contentTypeOf(
  name: string,
  bytes: Buffer,
  { getMimeType }: Pick<Awaited<ReturnType<typeof loadZip>>, 'getMimeType'>,
): string {
  const extension = /\.(\w{1,10})$/.exec(name)?.[1]?.toLowerCase();
  if (extension !== 'json' && looksLikeBot(bytes)) return TASKBOT;
  return extension === undefined ? UNKNOWN : getMimeType(extension) || UNKNOWN;
}

function looksLikeBot(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 64).toString('utf8');
  if (!/^\uFEFF?\s*\{/.test(start)) return false;
  try {
    const document: unknown = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    const { nodes, variables } = document as { nodes?: unknown; variables?: unknown };
    return Array.isArray(nodes) && (variables === undefined || Array.isArray(variables));
  } catch {
    return false;
  }
}
