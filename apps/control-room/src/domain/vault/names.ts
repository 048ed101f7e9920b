import { error } from '../../kernel/errors.ts';

/** Names and descriptions of the vault's things (contract a §4.3, §4.5). */

const LONGEST_NAME = 50;
const LONGEST_DESCRIPTION = 255;

/** "No special characters" of the vendor, read as: letters of any language, digits, blanks, dots, dashes, underscores. [inferred] */
export function requireCredentialName(text: string): string {
  const name = requireName(text, 'credential');
  if (/^[\p{L}\p{M}\p{N} ._-]+$/u.test(name)) return name;
  throw error('invalid', 'The name of the credential holds a character that it may not.', {
    details: 'expected letters, digits, blanks and . _ -',
  });
}

/** @throws invalid */
export function requireName(text: string, what: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name)) return name;
  throw error('invalid', `The name of the ${what} cannot be used.`, {
    details: `expected 1 to ${LONGEST_NAME} characters, none of them a control character`,
  });
}

/** @throws invalid */
export function requireDescription(text: string | undefined): string {
  const description = text ?? '';
  if (description.length <= LONGEST_DESCRIPTION) return description;
  throw error('invalid', 'The description is too long.', {
    details: `expected at most ${LONGEST_DESCRIPTION} characters; came ${description.length}`,
  });
}
