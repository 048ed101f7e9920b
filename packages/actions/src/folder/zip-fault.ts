import { BotError } from '@signalbox/taskbot';

/** In this thread: the library would start workers of its own. */
export const PLAIN_ZIP = { useWebWorkers: false } as const;

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/invalid password|encrypted entr/i, 'it is encrypted, and the password is missing or wrong'],
  [/abort/i, 'the run was stopped'],
  [/format|central directory|not found|split|local header|ambig/i, 'it is no zip archive, or a broken one'],
  [/checksum|signature|crc|authentication|inflate|compress|data/i, 'its content is broken'],
];

/** What the library says, as a fault for the bot's author; faults of the file system pass, they are told elsewhere. */
export const zipFault = (archive: string, cause: unknown): unknown => {
  if (cause instanceof BotError || (cause instanceof Error && 'syscall' in cause)) return cause;
  const message = cause instanceof Error ? `${cause.name} ${cause.message}` : String(cause);
  const why = REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? message;
  return new BotError(`The archive "${archive}" cannot be used: ${why}.`, { cause });
};
