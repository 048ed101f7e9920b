import { hash, verify } from '@node-rs/argon2';
import { randomToken } from '../../kernel/sealing.ts';

export interface Passwords {
  /** argon2id, in the PHC text form that names its own parameters. */
  hash(password: string): Promise<string>;
  /** False where there is nothing to compare with, after the same work: the time says nothing about who exists. */
  matches(hashed: string | null | undefined, password: string): Promise<boolean>;
}

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. It works on libuv's threads, not in the event loop. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Longer ones were never set by anybody; hashing megabytes for strangers is work for nothing. */
const LONGEST = 1_024;

export function createPasswords(): Passwords {
  let decoy: Promise<string> | undefined;
  // One text however the keyboard composes its accents.
  const normal = (password: string): string => password.normalize('NFC');
  return {
    hash: (password) => hash(normal(password), PARAMETERS),
    matches: async (hashed, password) => {
      decoy ??= hash(randomToken(), PARAMETERS);
      const comparable = hashed ?? (await decoy);
      const same = await verify(comparable, normal(password.slice(0, LONGEST)));
      return same && hashed !== null && hashed !== undefined && password.length <= LONGEST;
    },
  };
}
