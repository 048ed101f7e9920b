export { type BotsOnDisk, botsOnDisk, repositoryPathOf } from './find-on-disk.ts';
export { ImportRefusal, type RefusalCode } from './import-refusal.ts';
export { DEFAULT_IMPORT_LIMITS, type ImportLimits } from './limits.ts';
export { describeNode } from './listing/describe-node.ts';
export { type ListingLine, type ListingOptions, listBot, printListing } from './listing/list-bot.ts';
export { importText, openImport } from './open-import.ts';
export type {
  ImportedBot,
  ImportedFile,
  ImportedPackage,
  ImportKind,
  ImportProblem,
  OpenedImport,
  PackageVersion,
} from './opened-import.ts';
export type { SecretKind } from './secrets/patterns.ts';
export { type SecretFinding, scanSecrets } from './secrets/scan-secrets.ts';
