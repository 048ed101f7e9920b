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

/** The codes that those see who packed the archive: what differs by the remedy alone has one code, and two messages. */
export type ArchiveRefusalCode = Exclude<FaultCode, 'unknown-method' | 'too-large-together'>;

export function refusalCode(code: FaultCode): ArchiveRefusalCode {
  if (code === 'unknown-method') return 'damaged';
  return code === 'too-large-together' ? 'too-large' : code;
}

/** An error that is known by its code. */
export class CodedError<Code extends string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * What is wrong, as a sentence without its full stop: what to do about it knows only whoever asked for the archive. It quotes
 * names of files, never their content.
 */
export class ArchiveFault extends CodedError<FaultCode> {
  override readonly name = 'ArchiveFault';
}

/** A stranger's word in a message: short, and without characters that would move the cursor. */
export function quote(word: string): string {
  return JSON.stringify(word.length > 200 ? `${word.slice(0, 200)}…` : word);
}
