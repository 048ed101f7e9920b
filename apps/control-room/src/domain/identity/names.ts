import { error } from '../../kernel/errors.ts';

/** A user's name, as it is stored and compared: in lower case (contract a §3.1). */
export interface LoginName {
  readonly username: string;
  /** Empty for local users. */
  readonly domain: string;
}

const LONGEST = 255;

/** `DOMAIN\user` (contract a §2.1) or a local user's bare name. */
export function readLoginName(text: string): LoginName {
  const name = text.trim().toLowerCase();
  const slash = name.indexOf('\\');
  return slash < 0 ? { username: name, domain: '' } : { username: name.slice(slash + 1), domain: name.slice(0, slash) };
}

export function showLoginName({ username, domain }: LoginName): string {
  return domain === '' ? username : `${domain}\\${username}`;
}

/** Empty for local users. @throws invalid for one that `DOMAIN\\user` could not be split at */
export function readDomain(text: string): string {
  const domain = text.trim().toLowerCase();
  if (domain.length <= LONGEST && !domain.includes('\\')) return domain;
  throw error('invalid', 'This domain cannot be used.', {
    details: `expected at most ${LONGEST} characters and no backslash`,
  });
}

/** @throws invalid for a name that nobody could log in by */
export function requireUsername(text: string): string {
  const name = text.trim().toLowerCase();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that are refused.
  if (name === '' || name.length > LONGEST || /[\u0000-\u001f\u007f\\]/.test(name)) {
    throw error('invalid', 'This user name cannot be used.', {
      details: `expected 1 to ${LONGEST} characters, without a backslash and control characters`,
    });
  }
  return name;
}
