import { BotError } from '@signalbox/taskbot';
import { excerpt } from '../support/text.ts';

const NAME = /^[\p{L}_][\p{L}\p{N}\p{M}._\u00b7-]*(?::[\p{L}_][\p{L}\p{N}\p{M}._\u00b7-]*)?$/u;

/** A name for an element or attribute, possibly with a prefix. */
export const requireName = (name: string): string => {
  const bare = name.trim();
  if (NAME.test(bare)) return bare;
  throw new BotError(
    `Expected a name that XML allows, such as order or ns:order, but got "${excerpt(name)}". It begins with a letter and has no blanks.`,
  );
};

/** A document with such characters could be written, but by nobody read. */
export const requireText = (text: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
  if (!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) return text;
  throw new BotError('The value has control characters, which XML cannot hold. Take them out with "String: Replace".');
};
