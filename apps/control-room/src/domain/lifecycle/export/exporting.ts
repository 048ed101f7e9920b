import { blobSlices } from '../../../kernel/blobs.ts';
import { error } from '../../../kernel/errors.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { actorOf, recordAudit } from '../../audit/index.ts';
import type { Caller, Identity } from '../../identity/index.ts';
import type { Repository } from '../../repository/index.ts';
import type { Archives, ArchiveWriter } from '../archives.ts';
import type { TakenJob, WantedExport } from '../job.ts';
import type { Jobs } from '../jobs.ts';
import { createProgress } from '../progress.ts';
import type { DoJob } from '../worker.ts';
import { loadZip, PLAIN } from '../zip.ts';
import { choose } from './choosing.ts';
import type { Chosen } from './exported-file.ts';
import { manifestOf } from './manifest.ts';

/** AES-256 by the library's numbers. */
const AES_256 = 3;

/** Writes archives. They stream from the database into the database: no more than a few pieces are in memory. */
export function createExporting(
  { database, log }: Kernel,
  {
    identity,
    repository,
    archives,
    jobs,
  }: { identity: Identity; repository: Repository; archives: Archives; jobs: Jobs },
): DoJob {
  return async (job, { caller, password, signal }) => {
    const wanted = job.wanted as WantedExport; // by `order`
    requirePermissions(caller, wanted);
    const chosen = await choose(database, repository, caller, wanted);
    const writer = await archives.open();
    try {
      await pack(writer, job, chosen, { password, signal });
      const archive = await writer.end();
      await database.transaction(async (tx) => {
        await jobs.end(tx, job, { archiveId: archive.id, notices: chosen.notices });
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'blm.export',
          subject: { type: 'blmJob', id: job.id, name: job.name },
          details: {
            files: chosen.files.length,
            packages: chosen.packages.length,
            leftOut: chosen.notices.length,
            encrypted: password !== undefined,
            bytes: archive.size,
            sha256: archive.sha256.toString('hex'),
          },
        });
      });
    } catch (cause) {
      await archives.forget(writer.id).catch(() => {});
      throw cause;
    }
  };

  async function pack(
    archive: ArchiveWriter,
    job: TakenJob,
    chosen: Chosen,
    { password, signal }: { password: string | undefined; signal: AbortSignal },
  ): Promise<void> {
    const { ZipWriter } = await loadZip();
    const progress = createProgress(jobs, log, job, chosen.files.length + chosen.packages.length);
    const zip = new ZipWriter(new WritableStream<Uint8Array>({ write: (bytes) => archive.write(bytes) }), {
      ...PLAIN,
      signal,
      extendedTimestamp: false,
      // Where it is left to the library, sizes that are not known beforehand are written in 64 bits: Java's ZipInputStream,
      // with which the vendor's programs are written, then takes the entry for broken.
      ...(fitsIn32Bits(chosen) ? { zip64: false } : {}),
      ...(password === undefined ? {} : { password, encryptionStrength: AES_256 }),
    });
    const usernames = await identity.usernames(chosen.files.map(({ createdBy }) => createdBy));
    const manifest = Buffer.from(manifestOf(chosen, usernames));
    await zip.add('manifest.json', new Blob([manifest]).stream());
    for (const { path, sha256, size, updatedOn } of chosen.files) {
      const lastModDate = new Date(updatedOn.epochMilliseconds);
      await zip.add(
        path.replaceAll('\\', '/'),
        ReadableStream.from(sha256 === null ? [] : blobSlices(database, sha256, size)),
        {
          lastModDate,
        },
      );
      await progress.step();
    }
    for (const { fileName, sha256, size } of chosen.packages) {
      await zip.add(fileName, ReadableStream.from(blobSlices(database, sha256, size)));
      await progress.step();
    }
    await zip.close();
  }
}

/** At worst nothing of it shrinks, and each name stands there twice. */
function fitsIn32Bits({ files, packages }: Chosen): boolean {
  const bytes = [...files.map(({ path, size }) => size + 8 * path.length), ...packages.map(({ size }) => size)];
  return bytes.reduce((sum, size) => sum + size + 1_000, 100_000_000) < 2 ** 32 && bytes.length < 2 ** 16 - 10;
}

/** @throws forbidden */
export function requirePermissions(caller: Caller, { includePackages }: WantedExport): void {
  const needed = ['repositorymanager.export' as const, ...(includePackages ? (['packagemanager.view'] as const) : [])];
  const missing = needed.find((permission) => !caller.may(permission));
  if (missing) throw error('forbidden', `${caller.username} may not export this.`, { details: `needed: ${missing}` });
}
