/** How much an import may hold. The defaults are far above the largest real export seen (1,526 bots). */
export interface ImportLimits {
  readonly files: number;
  /** Of one file, unpacked. */
  readonly fileBytes: number;
  /** Of one bot; the same as the language's own reader takes. */
  readonly botBytes: number;
  /** Of all files together, unpacked. */
  readonly totalBytes: number;
  /** How often larger a file may be than what it was packed to. Text packs to a fiftieth at best; a bomb to a thousandth. */
  readonly ratio: number;
  /** Up to so many bytes the ratio does not matter. */
  readonly freeOfRatio: number;
}

export const DEFAULT_IMPORT_LIMITS: ImportLimits = {
  files: 50_000,
  fileBytes: 256 * 1024 ** 2,
  botBytes: 10_000_000,
  totalBytes: 4 * 1024 ** 3,
  ratio: 200,
  freeOfRatio: 10_000_000,
};
