export { type AuditRow, hashOfRow, rowText } from './rows.ts';
export {
  type Checkpoint,
  checkpointOf,
  GENESIS,
  type Seal,
  type SealedStretch,
  StretchHasher,
  sealHash,
  sealStretch,
  signatureIsOf,
} from './seals.ts';
export { type Finding, type Verdict, type VerifyOptions, verifyExport } from './verify.ts';
