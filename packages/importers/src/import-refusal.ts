import { type ArchiveRefusalCode, CodedError } from '@signalbox/archives';

export { quote } from '@signalbox/archives';

/** Why an import was not read at all. What is wrong with one file of many is an ImportProblem instead. */
export type RefusalCode = ArchiveRefusalCode | 'not-found' | 'nothing-to-import';

/** The message says what was expected, what came, and what to do. It quotes names of files, never their content. */
export class ImportRefusal extends CodedError<RefusalCode> {
  override readonly name = 'ImportRefusal';
}
