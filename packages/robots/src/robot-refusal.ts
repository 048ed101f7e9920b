import { type ArchiveRefusalCode, CodedError, quote } from '@signalbox/archives';

export { quote };

/** Why a package is no robot, or none that can run here. */
export type RefusalCode = ArchiveRefusalCode | 'no-robot-yaml' | 'bad-yaml' | 'no-such-task' | 'no-environment';

/** The message says what was expected, what came, and what to do. It quotes names, never the content of files. */
export class RobotRefusal extends CodedError<RefusalCode> {
  override readonly name = 'RobotRefusal';
}

/** Several of them; at most ten, so that a message stays one. */
export function quoteAll(words: readonly string[]): string {
  if (words.length === 0) return 'none';
  return words.slice(0, 10).map(quote).join(', ') + (words.length > 10 ? ` and ${words.length - 10} more` : '');
}
