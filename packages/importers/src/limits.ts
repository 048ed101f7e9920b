import type { ArchiveLimits } from '@signalbox/archives';

/** How much an import may hold. The defaults are far above the largest real export seen (1,526 bots). */
export interface ImportLimits extends ArchiveLimits {
  /** Of one bot; the same as the language's own reader takes. */
  readonly botBytes: number;
}

export const DEFAULT_IMPORT_LIMITS: ImportLimits = {
  files: 50_000,
  fileBytes: 256 * 1024 ** 2,
  botBytes: 10_000_000,
  totalBytes: 4 * 1024 ** 3,
  ratio: 200,
  freeOfRatio: 10_000_000,
};
