/** How much an archive may hold. */
export interface ArchiveLimits {
  /** Entries, folders among them. */
  readonly files: number;
  /** Of one file, unpacked. */
  readonly fileBytes: number;
  /** Of all files together, unpacked. */
  readonly totalBytes: number;
  /** How often larger a file may be than what it was packed to. Text packs to a fiftieth at best; a bomb to a thousandth. */
  readonly ratio: number;
  /** Up to so many bytes the ratio does not matter. */
  readonly freeOfRatio: number;
}
