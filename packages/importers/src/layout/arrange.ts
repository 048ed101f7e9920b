import { DocumentError, readBot } from '@signalbox/taskbot';
import { pathKey } from '../files/entry-path.ts';
import type { FileSet, SourceFile } from '../files/file-set.ts';
import { ImportRefusal, quote } from '../import-refusal.ts';
import type { ImportLimits } from '../limits.ts';
import type {
  ImportedBot,
  ImportedFile,
  ImportedPackage,
  ImportKind,
  ImportProblem,
  OpenedImport,
  PackageVersion,
} from '../opened-import.ts';
import { decodeText } from '../text.ts';
import { type Manifest, type ManifestFile, readDependencies, readManifest } from './manifest.ts';
import { readPackageArchive } from './package-archive.ts';
import { botOfGitContent, folderOf, insideRepository, nameOf, underBots } from './repository-path.ts';
import { scanDependencies } from './scan-dependencies.ts';

const TASKBOT = 'application/vnd.aa.taskbot';
const BOT_TYPES: ReadonlySet<string> = new Set([
  TASKBOT,
  'application/vnd.aa.taskbot+template',
  'application/vnd.aa.headlessbot',
]);
/** What is never a bot, so that it need not be read: the rest is looked into, since a bot's name may have a dot. */
const NO_BOT =
  /\.(png|jpe?g|gif|bmp|svg|jar|zip|gz|7z|exe|dll|pdf|xlsx?|xlsm|docx?|pptx?|csv|tsv|txt|md|html?|xml|log|js|mjs|ts|py|ps1|vbs|css|ya?ml|toml|lock|wasm|map)$/i;
const LARGEST_LIST = 64 * 1024 ** 2;

/** Finds out what each file of an archive or folder is, and reads every bot once. */
export async function arrange(set: FileSet, limits: ImportLimits): Promise<OpenedImport> {
  const arrangement = new Arrangement(set, limits);
  await arrangement.read();
  return arrangement.result();
}

class Arrangement {
  readonly #set: FileSet;
  readonly #limits: ImportLimits;
  readonly #bots = new Map<string, ImportedBot>();
  readonly #files: ImportedFile[] = [];
  readonly #packages = new Map<string, ImportedPackage>();
  readonly #problems: ImportProblem[] = [];
  readonly #byPath: ReadonlyMap<string, SourceFile>;
  #kind: ImportKind = 'repository-tree';

  constructor(set: FileSet, limits: ImportLimits) {
    this.#set = set;
    this.#limits = limits;
    this.#byPath = new Map(set.files.map((file) => [pathKey(file.path), file]));
    for (const { path, reason } of set.skipped) this.#problems.push({ path, code: 'left-out', message: reason });
  }

  result(): OpenedImport {
    const { close } = this.#set;
    return {
      kind: this.#kind,
      bots: [...this.#bots.values()].sort((a, b) => (pathKey(a.path) < pathKey(b.path) ? -1 : 1)),
      files: this.#files,
      packages: [...this.#packages.values()].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)),
      problems: this.#problems,
      find: async (path) => this.#bots.get(pathKey(path))?.content(),
      close,
    };
  }

  async read(): Promise<void> {
    const manifest = await this.#manifest();
    // The folder in which the manifest lies is where its paths begin.
    const base = manifest === undefined ? '' : folderOf(manifest.file.path);
    const listed = new Map<string, ManifestFile>();
    for (const entry of manifest?.content.files ?? []) {
      const path = base === '' ? entry.path : `${base}/${entry.path}`;
      listed.set(pathKey(path), entry);
      if (!entry.excluded && !this.#byPath.has(pathKey(path)) && !entry.contentType.endsWith('.directory')) {
        const message = 'The manifest names it, but it is not in the archive';
        this.#problems.push({ path: entry.path, code: 'missing-file', message });
      }
    }
    if (manifest !== undefined) this.#kind = 'blm-export';
    for (const one of manifest?.content.packages ?? []) this.#addPackage(one, one.archive);
    for (const file of this.#set.files) {
      if (file === manifest?.file) continue;
      if (/\.jar$/i.test(file.path) && insideRepository(file.path) === undefined) await this.#readPackage(file);
      else {
        await this.#place(file, listed.get(pathKey(file.path))).catch((cause: unknown) => {
          if (!(cause instanceof ImportRefusal) || cause.code === 'duplicate-path') throw cause;
          this.#problems.push({ path: file.path, code: 'unreadable-file', message: cause.message });
        });
      }
    }
  }

  /** The topmost `manifest.json` that lists files as an export does. */
  async #manifest(): Promise<{ readonly file: SourceFile; readonly content: Manifest } | undefined> {
    const candidates = this.#set.files
      .filter(({ path }) => nameOf(path).toLowerCase() === 'manifest.json' && insideRepository(path) === undefined)
      .sort((a, b) => a.path.split('/').length - b.path.split('/').length);
    for (const file of candidates.slice(0, 3)) {
      const content = readManifest(decodeText(await file.read(LARGEST_LIST), file.path));
      if (content !== undefined) return { file, content };
    }
    return undefined;
  }

  async #place(file: SourceFile, listed: ManifestFile | undefined): Promise<void> {
    const inside = insideRepository(file.path);
    if (listed !== undefined) {
      const path = listed.repositoryPath;
      if (BOT_TYPES.has(listed.contentType)) await this.#addBot(file, path, listed);
      else this.#addFile(file, path, listed.contentType, listed.metadataFor ?? this.#metadataFor(path));
      return;
    }
    const inGit = botOfGitContent(file.path);
    if (inGit !== undefined) {
      this.#kind = this.#kind === 'blm-export' ? this.#kind : 'git-tree';
      await this.#addBot(file, insideRepository(inGit) ?? underBots(inGit), await this.#gitDependencies(file));
      return;
    }
    if (/(^|\/)bot_[^/]+\/(dependencies\.json$|metadata\/)/i.test(file.path)) return;
    if (!NO_BOT.test(file.path) && (await this.#looksLikeBot(file))) {
      await this.#addBot(file, inside ?? underBots(file.path.replace(/\.json$/i, '')), undefined);
    } else if (inside !== undefined) this.#addFile(file, inside, '', this.#metadataFor(inside));
  }

  /** A recorder's pictures lie in `<Bot name>Metadata/` beside the bot. */
  #metadataFor(path: string): string | undefined {
    const folder = folderOf(path);
    return /.Metadata$/.test(folder) ? folder.slice(0, -'Metadata'.length) : undefined;
  }

  async #gitDependencies(file: SourceFile) {
    const beside = this.#byPath.get(pathKey(`${folderOf(file.path)}/dependencies.json`));
    return beside === undefined
      ? undefined
      : readDependencies(decodeText(await beside.read(LARGEST_LIST), beside.path));
  }

  async #looksLikeBot(file: SourceFile): Promise<boolean> {
    if (file.size === 0 || file.size > this.#limits.botBytes) return false;
    const text = (await file.read(this.#limits.botBytes)).toString('utf8');
    return /^\uFEFF?\s*\{/.test(text) && /"nodes"\s*:\s*\[/.test(text) && /"(commandName|variables)"\s*:/.test(text);
  }

  async #addBot(
    file: SourceFile,
    path: string,
    about: (Partial<ManifestFile> & Pick<ManifestFile, 'manualDependencies' | 'scannedDependencies'>) | undefined,
  ): Promise<void> {
    const twin = this.#bots.get(pathKey(path));
    if (twin !== undefined) {
      throw new ImportRefusal(
        'duplicate-path',
        `${quote(twin.sourcePath)} and ${quote(file.path)} are both the bot ${quote(path)} in the repository. Rename or remove one of them`,
      );
    }
    const content = async (): Promise<string> => decodeText(await file.read(this.#limits.botBytes), file.path);
    try {
      const document = readBot(await content(), { bytes: this.#limits.botBytes });
      for (const one of document.packages) this.#addPackage(one, undefined);
      this.#bots.set(pathKey(path), {
        path,
        sourcePath: file.path,
        contentType: about?.contentType ?? TASKBOT,
        description: about?.description ?? '',
        size: file.size,
        lines: document.lines,
        packages: document.packages,
        scannedDependencies: about?.scannedDependencies ?? scanDependencies(document.nodes),
        manualDependencies: about?.manualDependencies ?? [],
        content,
      });
    } catch (cause) {
      if (!(cause instanceof DocumentError)) throw cause;
      this.#problems.push({ path: file.path, code: 'unreadable-bot', message: cause.message });
    }
  }

  #addFile(file: SourceFile, path: string, contentType: string, metadataFor: string | undefined): void {
    const { path: sourcePath, size } = file;
    const content = (): Promise<Buffer> => file.read(this.#limits.fileBytes);
    this.#files.push({ path, sourcePath, contentType, size, metadataFor, content });
  }

  async #readPackage(file: SourceFile): Promise<void> {
    try {
      const found = await readPackageArchive(await file.read(this.#limits.fileBytes), this.#limits);
      this.#addPackage(found, file.path);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      this.#problems.push({ path: file.path, code: 'bad-package', message });
    }
  }

  #addPackage({ name, version }: PackageVersion, archive: string | undefined): void {
    if (name === '') return;
    const key = `${name.toLowerCase()} ${version}`;
    const known = this.#packages.get(key);
    this.#packages.set(key, { name, version, archive: known?.archive ?? archive });
  }
}
