/** Why an archive is not read. */
export type FaultCode =
  | 'not-a-zip'
  | 'damaged'
  | 'unknown-method'
  | 'encrypted'
  | 'bad-name'
  | 'absolute-path'
  | 'climbing-path'
  | 'link'
  | 'duplicate-path'
  | 'too-many-files'
  | 'too-large'
  | 'too-large-together'
  | 'swelling';

/**
 * What is wrong, as a sentence without its full stop: what to do about it knows only whoever asked for the archive. It quotes
 * names of files, never their content.
 */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A stranger's word in a message: short, and without characters that would move the cursor. */
export function quote(word: string): string {
  return JSON.stringify(word.length > 200 ? `${word.slice(0, 200)}…` : word);
}
