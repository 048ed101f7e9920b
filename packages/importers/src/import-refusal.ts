import type { ArchiveRefusalCode } from '@signalbox/archives';

export { quote } from '@signalbox/archives';

/** Why an import was not read at all. What is wrong with one file of many is an ImportProblem instead. */
export type RefusalCode = ArchiveRefusalCode | 'not-found' | 'nothing-to-import';

/** The message says what was expected, what came, and what to do. It quotes names of files, never their content. */
export class ImportRefusal extends Error {
  override readonly name = 'ImportRefusal';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
