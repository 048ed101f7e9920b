import { folderOf, pathKey } from '@signalbox/importers/layout';
import { error } from '../../../kernel/errors.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { actorOf, recordAudit } from '../../audit/index.ts';
import type { Caller } from '../../identity/index.ts';
import type { Packages } from '../../packages/index.ts';
import type { Imported, Repository } from '../../repository/index.ts';
import type { Archives } from '../archives.ts';
import type { TakenJob, WantedImport } from '../job.ts';
import type { Jobs } from '../jobs.ts';
import { createProgress, type Progress } from '../progress.ts';
import type { DoJob } from '../worker.ts';
import { loadZip } from '../zip.ts';
import { contentTypeOf } from './content-type.ts';
import { type Directory, openDirectory, quote } from './directory.ts';
import { nameOfPackage } from './package-file.ts';
import { requirePlace } from './places.ts';
import { type Plan, type PlannedFile, requireEachOnce } from './plan.ts';
import { planByManifest } from './plan-by-manifest.ts';
import { planByTree } from './plan-by-tree.ts';

interface Parts {
  readonly repository: Repository;
  readonly packages: Packages;
  readonly archives: Archives;
  readonly jobs: Jobs;
}

interface Counts {
  created: number;
  overwritten: number;
  skipped: number;
  packages: number;
}

/** Puts archives into the repository: all of one, or nothing. */
export function createImporting({ database, log }: Kernel, { repository, packages, archives, jobs }: Parts): DoJob {
  return async (job, { caller, password, signal }) => {
    const wanted = job.wanted as WantedImport; // by `order`
    if (!caller.may('repositorymanager.import'))
      throw error('forbidden', `${caller.username} may no longer import.`, {
        details: 'needed: repositorymanager.import',
      });
    const archive = await archives.find(job.archiveId ?? '');
    const { size } = archive;
    const directory = await openDirectory({ size, ranges: archives.ranges(archive), password, signal });
    const plan = await planOf(directory);
    for (const { path } of plan.files) requirePlace(path);
    requireEachOnce(plan.files);
    const progress = createProgress(jobs, log, job, plan.files.length + plan.packages.length);
    await database.transaction(async (tx) => {
      const counts: Counts = { created: 0, overwritten: 0, skipped: 0, packages: 0 };
      const notices = [...plan.notices, ...(await importPackages(caller, plan, wanted, { counts, progress, signal }))];
      await importFiles(caller, job, plan.files, wanted, { counts, progress, signal });
      if (counts.skipped > 0) notices.push(`Left as they were, because they exist: ${counts.skipped} files.`);
      await jobs.end(tx, job, { notices });
      await recordAudit(tx, {
        actor: actorOf(caller),
        action: 'blm.import',
        subject: { type: 'blmJob', id: job.id, name: job.name },
        details: { ...counts, ...wanted, bytes: size, sha256: archive.sha256.toString('hex') },
      });
    });
  };

  async function importFiles(
    caller: Caller,
    job: TakenJob,
    files: readonly PlannedFile[],
    { workspace, ifExisting }: WantedImport,
    { counts, progress, signal }: { counts: Counts; progress: Progress; signal: AbortSignal },
  ): Promise<void> {
    const zip = await loadZip();
    const skipped = new Set<string>();
    const changed: number[] = [];
    for (const { entry, path, metadataFor, ...about } of files) {
      signal.throwIfAborted();
      if (metadataFor !== undefined && skipped.has(pathKey(metadataFor))) {
        counts.skipped++;
        await progress.step();
        continue;
      }
      const bytes = await entry.read();
      const imported = await repository.entries.importFile(
        caller,
        {
          ...about,
          workspace,
          path,
          bytes,
          metadataFor,
          contentType: about.contentType ?? contentTypeOf(path, bytes, zip),
          comment: `Imported from ${job.name}`,
        },
        ifExisting === 'OVERWRITE' ? 'OVERWRITE' : 'SKIP',
      );
      await judge(caller, imported, ifExisting, path);
      if (imported.outcome === 'SKIPPED') skipped.add(pathKey(path));
      else if (metadataFor === undefined) changed.push(imported.entry.id);
      counts[
        imported.outcome === 'CREATED' ? 'created' : imported.outcome === 'OVERWRITTEN' ? 'overwritten' : 'skipped'
      ]++;
      await progress.step();
    }
    // When all is there that they call.
    await repository.markErrors(caller, changed);
  }

  /** Whoever changes a public file by an import must be one who could check it out (contract a §7.4). */
  async function judge(caller: Caller, { outcome, entry }: Imported, ifExisting: string, path: string): Promise<void> {
    if (outcome === 'SKIPPED' && ifExisting === 'ABORT')
      throw error('conflict', `${quote(path)} exists already, so nothing was imported.`, {
        details: 'actionIfExisting: ABORT',
      });
    if (outcome === 'OVERWRITTEN' && entry.workspace === 'PUBLIC' && !entry.isMetadata)
      await repository.rights.require(caller, entry.id, 'checkOut');
  }

  /** Answers what is to be told of them. */
  async function importPackages(
    caller: Caller,
    plan: Plan,
    { ifExisting }: WantedImport,
    { counts, progress, signal }: { counts: Counts; progress: Progress; signal: AbortSignal },
  ): Promise<string[]> {
    const notices: string[] = [];
    for (const one of plan.packages) {
      signal.throwIfAborted();
      const bytes = await one.entry.read();
      const named = await nameOfPackage(one, bytes);
      if (named) {
        const outcome = await packages.archives.keep(caller, { ...named, fileName: one.fileName, bytes }, ifExisting);
        if (outcome === 'KEPT') counts.packages++;
      } else notices.push(`Not imported, because it describes no package: ${one.fileName}.`);
      await progress.step();
    }
    return notices;
  }
}

/** The manifest may lie in a folder, where an export was unpacked and packed again. */
async function planOf(directory: Directory): Promise<Plan> {
  const manifest = directory.get('manifest.json');
  if (manifest) return planByManifest(directory, manifest);
  const deeper = [...directory.values()].filter(({ path }) => /^[^/]+\/manifest\.json$/i.test(path));
  const [only] = deeper;
  if (only === undefined || deeper.length > 1) return planByTree(directory);
  const base = `${folderOf(only.path)}/`;
  const inside = new Map(
    [...directory].flatMap(([key, entry]) =>
      key.startsWith(pathKey(base))
        ? [[key.slice(pathKey(base).length), { ...entry, path: entry.path.slice(base.length) }] as const]
        : [],
    ),
  );
  return planByManifest(inside, { ...only, path: 'manifest.json' });
}
