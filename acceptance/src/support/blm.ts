import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader, ZipWriter, type ZipWriterAddDataOptions } from '@zip.js/zip.js';
import type { Answer, TestServer } from '../../../apps/control-room/test-support/server.ts';

/* Exports and imports as a suite uses them: archives by hand, uploads, waiting for the end. */

export const BLM = { export: 31, import: 32, viewPackages: 100040, managePackages: 100041 } as const;

export interface ManifestEntry {
  readonly path: string;
  readonly newPath: string | null;
  readonly contentType: string;
  readonly metadataForFile: string | null;
  readonly manualDependencies: readonly string[];
  readonly scannedDependencies: readonly string[];
  readonly manualDependenciesNewPaths: readonly string[];
  readonly scannedDependenciesNewPaths: readonly string[];
  readonly excluded: boolean;
  readonly description?: string;
}

export interface ExportManifest {
  readonly files: readonly ManifestEntry[];
  readonly packages: readonly { readonly name: string; readonly version: string; readonly path: string }[];
}

export interface Unpacked {
  /** By name, as text. */
  readonly entries: ReadonlyMap<string, Buffer>;
  readonly manifest: ExportManifest;
}

export type ZipItem = readonly [name: string, content: string | Uint8Array, options?: ZipWriterAddDataOptions];

/** An archive with whatever names a stranger likes. */
export async function zipOf(items: readonly ZipItem[], password?: string): Promise<Buffer> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, content, options] of items) {
    await writer.add(name, new Uint8ArrayReader(Buffer.from(content as string)), {
      ...(password === undefined ? {} : { password, encryptionStrength: 3 }),
      ...options,
    });
  }
  return Buffer.from(await writer.close());
}

export async function unzip(bytes: Uint8Array, password?: string): Promise<Unpacked> {
  const reader = new ZipReader(new Uint8ArrayReader(bytes), {
    useWebWorkers: false,
    checkCrc32: true,
    ...(password === undefined ? {} : { password }),
  });
  const entries = new Map<string, Buffer>();
  for (const entry of await reader.getEntries()) {
    if (!entry.directory) entries.set(entry.filename, Buffer.from(await entry.getData(new Uint8ArrayWriter())));
  }
  const manifest = JSON.parse(entries.get('manifest.json')?.toString() ?? '{}') as ExportManifest;
  return { entries, manifest };
}

/** A manifest of files, each with all keys. */
export function manifestOf(
  files: readonly (Partial<ManifestEntry> & { path: string })[],
  packages: ExportManifest['packages'] = [],
): string {
  const all = files.map((file) => ({
    newPath: null,
    contentType: 'application/vnd.aa.taskbot',
    metadataForFile: null,
    manualDependencies: [],
    scannedDependencies: [],
    manualDependenciesNewPaths: [],
    scannedDependenciesNewPaths: [],
    excluded: false,
    ...file,
  }));
  return JSON.stringify({ files: all, packages });
}

export interface BlmUser {
  readonly token: string;
}

export interface ImportOptions {
  readonly actionIfExisting?: string;
  readonly publicWorkspace?: string;
  readonly archivePassword?: string;
  readonly fileName?: string;
}

export function blmSuite(server: Pick<TestServer, 'call' | 'url'>) {
  const get = async (who: BlmUser, path: string): Promise<Answer> => server.call('GET', `/v2/blm/${path}`, who);

  /** What it became; an import or export that takes longer than a minute is broken. */
  async function ended(who: BlmUser, requestId: string): Promise<Answer['body']> {
    const answer = await get(who, `status/${requestId}/timeout/60`);
    if (answer.status !== 200 || answer.body.status === 'IN_PROGRESS') throw new Error(answer.text);
    return answer.body;
  }

  const order = (who: BlmUser, body: unknown): Promise<Answer> =>
    server.call('POST', '/v2/blm/export', { token: who.token, body });

  function upload(who: BlmUser, bytes: Uint8Array, options: ImportOptions = {}): Promise<Answer> {
    const form = new FormData();
    const { actionIfExisting = 'OVERWRITE', publicWorkspace = 'true', archivePassword, fileName = 'a.zip' } = options;
    form.set('actionIfExisting', actionIfExisting);
    form.set('publicWorkspace', publicWorkspace);
    if (archivePassword !== undefined) form.set('archivePassword', archivePassword);
    form.set('upload', new Blob([new Uint8Array(bytes)]), fileName);
    return server.call('POST', '/v2/blm/import', { token: who.token, body: form });
  }

  async function download(who: BlmUser, id: string): Promise<Buffer> {
    const response = await fetch(`${server.url}/v2/blm/download/${id}`, { headers: { 'x-authorization': who.token } });
    if (response.status !== 200) throw new Error(await response.text());
    return Buffer.from(await response.arrayBuffer());
  }

  return {
    get,
    ended,
    order,
    upload,
    download,

    /** Orders, waits, downloads and unpacks. */
    async export(
      who: BlmUser,
      fileIds: readonly string[],
      more: Record<string, unknown> = {},
    ): Promise<Unpacked & { notices: string[] }> {
      const answer = await order(who, { name: 'e', fileIds, ...more });
      if (answer.status !== 202) throw new Error(answer.text);
      const job = await ended(who, answer.body.requestId);
      if (job.status !== 'COMPLETED') throw new Error(job.errorMessage);
      const bytes = await download(who, job.downloadFileId);
      return { ...(await unzip(bytes, more.archivePassword as string | undefined)), notices: job.notices };
    },

    /** Uploads and waits. */
    async import(who: BlmUser, bytes: Uint8Array, options?: ImportOptions): Promise<Answer['body']> {
      const answer = await upload(who, bytes, options);
      if (answer.status !== 202) throw new Error(answer.text);
      return ended(who, answer.body.requestId);
    },
  };
}

export type BlmSuite = ReturnType<typeof blmSuite>;
