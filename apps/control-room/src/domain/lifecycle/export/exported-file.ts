/** A file as it goes into an archive: which one, in which version, and what is said of it in the manifest. */
export interface ExportedFile {
  readonly id: number;
  /** 0 for a private one, which has no versions. */
  readonly version: number;
  /** Backslashes. */
  readonly path: string;
  /** Whose private workspace it stands in; null for a public one. */
  readonly ownerId: number | null;
  readonly contentType: string;
  readonly description: string;
  /** Null for a file without content. */
  readonly sha256: Buffer | null;
  readonly size: number;
  readonly createdBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly isMetadata: boolean;
  /** Of metadata, the bot it belongs to. */
  readonly parentId: number;
}

/** What a version of a file needs, by path in lower case. */
export interface Need {
  readonly fileId: number;
  readonly kind: 'SCANNED' | 'MANUAL';
  readonly path: string;
}

export interface ExportedPackage {
  readonly name: string;
  readonly version: string;
  readonly fileName: string;
  readonly sha256: Buffer;
  readonly size: number;
}

/** Everything that an archive will hold. */
export interface Chosen {
  readonly files: readonly ExportedFile[];
  /** By file: what it needs of the files that go along. */
  readonly needs: ReadonlyMap<number, { readonly scanned: readonly string[]; readonly manual: readonly string[] }>;
  readonly packages: readonly ExportedPackage[];
  readonly notices: readonly string[];
}
