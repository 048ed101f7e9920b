import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { readBot } from '@signalbox/taskbot';
import { pathKey } from './files/entry-path.ts';
import { openFolder, readFile } from './files/open-folder.ts';
import { openZip } from './files/open-zip.ts';
import { repositoryPathOf } from './find-on-disk.ts';
import { ImportRefusal, quote } from './import-refusal.ts';
import { arrange } from './layout/arrange.ts';
import { insideRepository } from './layout/repository-path.ts';
import { scanDependencies } from './layout/scan-dependencies.ts';
import { DEFAULT_IMPORT_LIMITS, type ImportLimits } from './limits.ts';
import type { ImportKind, OpenedImport } from './opened-import.ts';
import { decodeText } from './text.ts';

const ZIP_BEGINS = Buffer.from('PK');

/**
 * Opens what a developer has of bots: a BLM export (with or without manifest), a tree as Git integration writes it, a
 * folder of documents, one document, or what the editor put on the clipboard. Contents stay where they are until asked
 * for; close it when done.
 *
 * @param path of a zip, a folder or a file
 * @throws ImportRefusal when nothing of it can be taken; what is wrong with single files is in `problems`
 */
export async function openImport(path: string, limits: Partial<ImportLimits> = {}): Promise<OpenedImport> {
  const bounds = { ...DEFAULT_IMPORT_LIMITS, ...limits };
  const kind = await stat(path).catch((cause: unknown) => {
    throw new ImportRefusal('not-found', `There is no file or folder ${quote(path)}`, { cause });
  });
  if (kind.isDirectory()) {
    // A folder of an unpacked repository keeps its place in it.
    const place = insideRepository(resolve(path).replaceAll('\\', '/'));
    return arrangeAndClose(await openFolder(path, bounds, place), bounds);
  }
  if (await isZip(path, kind.size)) return arrangeAndClose(await openZip(path, bounds), bounds);
  const text = decodeText(await readFile(path, path, bounds.botBytes), path);
  return importText(text, repositoryPathOf(path), basename(path));
}

async function arrangeAndClose(set: Awaited<ReturnType<typeof openZip>>, limits: ImportLimits): Promise<OpenedImport> {
  try {
    return await arrange(set, limits);
  } catch (cause) {
    set.close();
    throw cause;
  }
}

async function isZip(path: string, size: number): Promise<boolean> {
  if (size < 4) return false;
  const handle = await open(path);
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.equals(ZIP_BEGINS);
  } finally {
    await handle.close();
  }
}

/**
 * One document, or what the editor copies: a document with the copied lines, a list of lines, or one line.
 *
 * @param path where the bot is to lie in the repository
 * @throws DocumentError when it is none of these
 */
export function importText(text: string, path: string, sourcePath = path): OpenedImport {
  const { content, kind } = asDocument(text);
  const document = readBot(content);
  const bot = {
    path,
    sourcePath,
    contentType: 'application/vnd.aa.taskbot',
    description: '',
    size: Buffer.byteLength(content),
    lines: document.lines,
    packages: document.packages,
    scannedDependencies: scanDependencies(document.nodes),
    manualDependencies: [],
    content: async () => content,
  };
  const packages = document.packages.map((one) => ({ ...one, archive: undefined }));
  const find = async (wanted: string) => (pathKey(wanted) === pathKey(path) ? content : undefined);
  return { kind, bots: [bot], files: [], packages, problems: [], find, close: () => {} };
}

/** Lines without a document around them get an empty one. [inferred: the contract's clipboard has the top-level keys] */
function asDocument(text: string): { readonly content: string; readonly kind: ImportKind } {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  const isLine = trimmed.startsWith('{') && !/"nodes"\s*:/.test(trimmed) && /"commandName"\s*:/.test(trimmed);
  if (trimmed.startsWith('[') || isLine) {
    const lines = isLine ? `[${trimmed}]` : trimmed;
    return { content: `{"nodes":${lines},"variables":[]}`, kind: 'clipboard' };
  }
  return { content: text, kind: 'document' };
}
