import type { Database } from '../../../kernel/database/index.ts';
import { error } from '../../../kernel/errors.ts';
import type { Caller } from '../../identity/index.ts';
import type { Reach, Repository } from '../../repository/index.ts';
import type { WantedExport, WantedFile } from '../job.ts';
import { MOST_ENTRIES } from '../limits.ts';
import type { Chosen, ExportedFile, ExportedPackage, Need } from './exported-file.ts';
import { filesAt, filesOf, metadataOf, needsOf, packagesOf } from './queries.ts';

/**
 * The files that were asked for, all that they need, and the pictures of their bots: as far as the caller may look into
 * them. What he may not see and what is not there are told alike, and only by what stands in a file that he may read.
 *
 * @throws notFound when a file that was asked for is gone; invalid
 */
export async function choose(
  database: Database,
  repository: Repository,
  caller: Caller,
  wanted: WantedExport,
): Promise<Chosen> {
  const reach = await repository.reach(caller);
  const chosen = new Chooser(database, reach);
  await chosen.ask(wanted);
  await chosen.follow();
  const packages = wanted.includePackages ? await chosen.packages() : [];
  const metadata = await metadataOf(
    database,
    reach,
    chosen.files.map(({ id }) => id),
  );
  if (wanted.includeGlobalValues)
    chosen.notices.push('Global values are this installation’s own: they are asked for and changed, not exported.');
  return { files: [...chosen.files, ...metadata], needs: chosen.needs(), packages, notices: chosen.notices };
}

function goneFrom(fileId: number, version: number | undefined): Error {
  const what = version === undefined ? 'file' : `version ${version} of a file`;
  return error('notFound', `There is no ${what} with the id ${fileId}.`);
}

/**
 * What was asked for, before anything is done: each file once, there, and the caller's to read.
 *
 * @throws notFound, also for what the caller may not see; forbidden; invalid
 */
export async function requireFiles(
  database: Database,
  repository: Repository,
  caller: Caller,
  files: readonly WantedFile[],
): Promise<WantedFile[]> {
  if (files.length === 0) throw error('invalid', 'An export needs at least one file.');
  const picked: WantedFile[] = [];
  for (const { fileId, version, label = '' } of new Map(files.map((file) => [file.fileId, file])).values()) {
    if (version !== undefined) picked.push({ fileId, version });
    else if (label.trim() === '') picked.push({ fileId });
    else {
      // Whether a label is there is not told of a file that he may not see.
      await repository.rights.require(caller, fileId, 'viewContent');
      const { number } = await repository.versions.resolve(fileId, label);
      picked.push({ fileId, version: number, label: label.trim().toUpperCase() });
    }
  }
  const reach = await repository.reach(caller);
  const found = await filesOf(
    database,
    reach,
    picked.map(({ fileId: id, version }) => ({ id, version })),
  );
  const byId = new Map(found.map((file) => [file.id, file]));
  for (const { fileId, version } of picked) {
    const file = byId.get(fileId);
    // Why it is not among them is said by whoever knows: absent, not his, or a folder.
    const entry = file ? undefined : await repository.rights.require(caller, fileId, 'viewContent');
    if (entry || !file || file.isMetadata)
      throw error('invalid', `${entry?.path ?? file?.path} is no file that can be exported.`);
    if (version !== undefined && file.version !== version) throw goneFrom(fileId, version);
  }
  return picked;
}

class Chooser {
  readonly notices: string[] = [];
  readonly #database: Database;
  readonly #reach: Reach;
  /** By path: an archive holds one file under each. */
  readonly #byPath = new Map<string, ExportedFile>();
  /** The label by which a file was asked for: what it calls is taken by it too. */
  readonly #labels = new Map<number, string>();
  readonly #needs = new Map<number, { scanned: string[]; manual: string[] }>();

  constructor(database: Database, reach: Reach) {
    this.#database = database;
    this.#reach = reach;
  }

  get files(): ExportedFile[] {
    return [...this.#byPath.values()];
  }

  async ask({ files }: WantedExport): Promise<void> {
    const found = await filesOf(
      this.#database,
      this.#reach,
      files.map(({ fileId: id, version }) => ({ id, version })),
    );
    const byId = new Map(found.map((file) => [file.id, file]));
    for (const { fileId, version, label = '' } of files) {
      const file = byId.get(fileId);
      if (!file || (version !== undefined && file.version !== version)) throw goneFrom(fileId, version);
      this.#labels.set(fileId, label);
      const twin = this.#add(file);
      if (twin) {
        throw error(
          'invalid',
          `The files ${twin.id} and ${file.id} have the same path; an archive holds one of them.`,
          {
            details: file.path,
          },
        );
      }
    }
  }

  /** Breadth first: what is needed by what was found last. */
  async follow(): Promise<void> {
    for (let fresh = this.files; fresh.length > 0; ) {
      const byId = new Map(fresh.map((file) => [file.id, file]));
      const needs = await needsOf(this.#database, fresh);
      const groups = Map.groupBy(
        needs,
        ({ fileId }) => `${byId.get(fileId)?.ownerId ?? ''}:${this.#labels.get(fileId) ?? ''}`,
      );
      fresh = [];
      for (const group of groups.values()) fresh.push(...(await this.#resolve(group, byId)));
    }
  }

  /** Needs of files that see the same. Answers which files come in addition. */
  async #resolve(needs: readonly Need[], byId: ReadonlyMap<number, ExportedFile>): Promise<ExportedFile[]> {
    const [first] = needs;
    const label = (first && this.#labels.get(first.fileId)) ?? '';
    const found = await filesAt(this.#database, this.#reach, {
      paths: [...new Set(needs.map(({ path }) => path))],
      ownerId: (first && byId.get(first.fileId)?.ownerId) ?? null,
      label,
    });
    const fresh = found.filter((file) => !this.#add(file));
    for (const { id } of fresh) this.#labels.set(id, label);
    for (const need of needs) this.#keep(need, byId.get(need.fileId));
    return fresh;
  }

  #keep({ fileId, kind, path }: Need, parent: ExportedFile | undefined): void {
    const own = this.#needs.get(fileId) ?? { scanned: [], manual: [] };
    this.#needs.set(fileId, own);
    const child = this.#byPath.get(path);
    if (child) own[kind === 'SCANNED' ? 'scanned' : 'manual'].push(child.path);
    // What stands in the file its reader knows; what somebody has said of it he may not.
    else if (kind === 'SCANNED')
      this.notices.push(`Left out, not there or not yours to see: ${path}, which ${parent?.path} names.`);
    else this.notices.push(`Left out, not there or not yours to see: a file that ${parent?.path} was said to need.`);
  }

  /** Answers the file that stands there already. */
  #add(file: ExportedFile): ExportedFile | undefined {
    const key = file.path.toLowerCase();
    const there = this.#byPath.get(key);
    if (there) return there;
    if (this.#byPath.size >= MOST_ENTRIES)
      throw error('invalid', `The export would hold more than ${MOST_ENTRIES} files.`);
    this.#byPath.set(key, file);
    return undefined;
  }

  needs(): Chosen['needs'] {
    return this.#needs;
  }

  async packages(): Promise<ExportedPackage[]> {
    const named = await packagesOf(this.#database, this.files);
    const missing = named.filter(({ sha256 }) => sha256 === null).map(({ name, version }) => `${name} ${version}`);
    if (missing.length > 0)
      this.notices.push(
        `No import has brought the files of these packages, so they are left out: ${missing.join(', ').slice(0, 1_000)}.`,
      );
    const taken = new Set<string>();
    return named.flatMap((one) => {
      if (one.sha256 === null) return [];
      const fileName = taken.has(one.fileName.toLowerCase())
        ? `bot-command-${one.name}-${one.version}.jar`
        : one.fileName;
      taken.add(fileName.toLowerCase());
      return [{ ...one, fileName, sha256: one.sha256 }];
    });
  }
}
