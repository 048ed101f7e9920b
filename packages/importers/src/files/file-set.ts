/** One file of an archive or folder. Nothing is held in memory but its name. */
export interface SourceFile {
  /** With slashes, relative, without `.` and `..`. */
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** @throws ImportRefusal when it is larger than `most` bytes, damaged, or no longer there */
  read(most: number): Promise<Buffer>;
}

/** What an archive or folder holds, in the order in which it says so. */
export interface FileSet {
  readonly files: readonly SourceFile[];
  /** Left out, with the reason: links of a folder. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  close(): void;
}
