/** What came. */
export type ImportKind = 'blm-export' | 'repository-tree' | 'git-tree' | 'document' | 'clipboard';

/** A bot that was read. Its content stays where it lies until it is asked for. */
export interface ImportedBot {
  /** In the repository: `Automation Anywhere/Bots/Demo/Greet`. */
  readonly path: string;
  /** In the archive or folder. */
  readonly sourcePath: string;
  readonly contentType: string;
  readonly description: string;
  /** Bytes. */
  readonly size: number;
  /** Lines of the editor. */
  readonly lines: number;
  readonly packages: readonly PackageVersion[];
  /** Bots and files that it uses, as repository paths: found in its lines, and added by its author. */
  readonly scannedDependencies: readonly string[];
  readonly manualDependencies: readonly string[];
  /** The document as it came, byte order mark included. @throws ImportRefusal */
  content(): Promise<string>;
}

/** Anything else that belongs into the repository. */
export interface ImportedFile {
  readonly path: string;
  readonly sourcePath: string;
  /** Empty where nobody says. */
  readonly contentType: string;
  readonly size: number;
  /** The bot whose recorder took this picture: of no use without an editor. */
  readonly metadataFor: string | undefined;
  content(): Promise<Buffer>;
}

export interface PackageVersion {
  readonly name: string;
  /** Empty where nobody says. */
  readonly version: string;
}

export interface ImportedPackage extends PackageVersion {
  /** The package's own file in the export, where it came along. */
  readonly archive: string | undefined;
}

/** What is wrong with one file; the others are not stopped by it. */
export interface ImportProblem {
  /** In the archive or folder. */
  readonly path: string;
  readonly code: 'unreadable-bot' | 'unreadable-file' | 'missing-file' | 'bad-package' | 'left-out';
  readonly message: string;
}

export interface OpenedImport {
  readonly kind: ImportKind;
  /** Sorted by path. */
  readonly bots: readonly ImportedBot[];
  readonly files: readonly ImportedFile[];
  /** Of the manifest, of package files and of the bots, each once. */
  readonly packages: readonly ImportedPackage[];
  readonly problems: readonly ImportProblem[];
  /** The text of a bot by its repository path, in any letter case; undefined when it did not come along. */
  find(path: string): Promise<string | undefined>;
  close(): void;
}
