export {
  ArchiveFault,
  type ArchiveRefusalCode,
  CodedError,
  type FaultCode,
  quote,
  refusalCode,
} from './archive-fault.ts';
export { pathKey, readEntryPath } from './entry-path.ts';
export type { ArchiveLimits } from './limits.ts';
export { type Archive, type ArchiveFile, type ArchiveOptions, openArchive } from './open-archive.ts';
