import { randomUUID } from 'node:crypto';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Caller, Identity } from '../identity/index.ts';
import type { Packages } from '../packages/index.ts';
import type { Repository } from '../repository/index.ts';
import { createArchives } from './archives.ts';
import { requireFiles } from './export/choosing.ts';
import { createExporting, requirePermissions } from './export/exporting.ts';
import { createImporting } from './import/importing.ts';
import type { IfThere, WantedExport, WantedFile, WantedImport } from './job.ts';
import { createJobs, type NewJob } from './jobs.ts';
import { createWorker, LEASE_SECONDS } from './worker.ts';

export interface LifecycleParts {
  readonly identity: Identity;
  readonly repository: Repository;
  readonly packages: Packages;
}

/** What is asked of an export; `password` encrypts the archive and is kept in memory only. */
export interface ExportOrder {
  readonly name: string;
  readonly files: readonly WantedFile[];
  readonly includePackages: boolean;
  readonly includeGlobalValues: boolean;
  readonly password: string | undefined;
}

export interface ImportOrder {
  /** An archive of `archives.open`, whole. */
  readonly archiveId: string;
  readonly fileName: string;
  readonly ifExisting: IfThere;
  readonly publicWorkspace: boolean;
  readonly password: string | undefined;
}

/** Bots on their way between Control Rooms: exports and imports, done in the background. */
export function createLifecycle(kernel: Kernel, { identity, repository, packages }: LifecycleParts) {
  const archives = createArchives(kernel.database);
  const jobs = createJobs(kernel, archives);
  const exporting = createExporting(kernel, { identity, repository, archives, jobs });
  const importing = createImporting(kernel, { repository, packages, archives, jobs });
  const worker = createWorker(kernel, identity, jobs, (job, work) =>
    job.type === 'EXPORT' ? exporting(job, work) : importing(job, work),
  );

  async function order(
    caller: Caller,
    job: Omit<NewJob, 'id' | 'boundTo'>,
    given: string | undefined,
  ): Promise<string> {
    const id = randomUUID();
    // An empty one is none.
    const password = given || undefined;
    if (password !== undefined) worker.remember(id, password);
    try {
      await jobs.order(
        caller,
        { ...job, id, ...(password === undefined ? {} : { boundTo: worker.me }) },
        LEASE_SECONDS,
      );
    } catch (cause) {
      worker.forget(id);
      throw cause;
    }
    return id;
  }

  return {
    /**
     * Orders an export. Answers its id.
     *
     * @throws notFound for a file that is not there or not visible; forbidden; invalid; tooManyJobs
     */
    async export(caller: Caller, { name, files, password, ...rest }: ExportOrder): Promise<string> {
      const wanted: WantedExport = { ...rest, files: await requireFiles(kernel.database, repository, caller, files) };
      requirePermissions(caller, wanted);
      return order(caller, { type: 'EXPORT', name, wanted }, password);
    },

    /** Where an upload goes, before its import is ordered. */
    archives: { open: archives.open, read: archives.read, forget: archives.forget },

    /** Orders the import of an uploaded archive. Answers its id. @throws forbidden; tooManyJobs */
    async import(caller: Caller, given: ImportOrder): Promise<string> {
      const { archiveId, fileName, ifExisting, password } = given;
      await requireImport(caller, given.publicWorkspace);
      const wanted: WantedImport = { ifExisting, workspace: given.publicWorkspace ? 'PUBLIC' : 'PRIVATE' };
      return order(caller, { type: 'IMPORT', name: fileName.trim() || 'archive.zip', wanted, archiveId }, password);
    },

    jobs: { get: jobs.get, wait: jobs.wait, download: jobs.download, release: jobs.release },
    worker: { start: worker.start, stop: worker.stop },
    sweep: jobs.sweep,
  };

  async function requireImport(caller: Caller, publicWorkspace: boolean): Promise<void> {
    const needed = ['repositorymanager.import' as const, 'repositorymanager.upload' as const];
    const missing = needed.find((permission) => !caller.may(permission));
    if (missing) throw error('forbidden', `${caller.username} may not import.`, { details: `needed: ${missing}` });
    if (!publicWorkspace) await repository.workspaces.requirePrivate(caller);
  }
}

export type Lifecycle = ReturnType<typeof createLifecycle>;
export type { ArchiveWriter, KeptArchive } from './archives.ts';
export type { IfThere, Job, WantedFile } from './job.ts';
