import { UsageError } from '../command.ts';

/** `name=value` of an option; the value may hold further equals signs. Says nothing of the value, which may be a secret. */
export function readPair(option: string, text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1)];
  throw new UsageError(`Expected ${option} name=value, but there is no name before an equals sign`);
}
