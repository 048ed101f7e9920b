import type { BotValue } from '@signalbox/taskbot';
import { kindOf as kindOfValue, toText } from '@signalbox/taskbot';

export { numberText } from '@signalbox/taskbot';

/** How a value reads, as the interpreter writes it into a text; nothing is an empty text, a credential asterisks. */
export const asText = (value: BotValue | undefined): string =>
  typeof value === 'string' ? value : value === undefined ? '' : toText(value);

/** For messages: the kind of a value, never its content. */
export const kindOf = (value: BotValue | undefined): string => kindOfValue(value ?? null);

/** Enough of a text to recognise it in a message, not enough to fill a log with it. */
export const excerpt = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

/**
 * Lower case with every position kept, so that a find in the folded text is a find in the original. (`İ`.toLowerCase()
 * has two units; such letters stay as they are.)
 */
export const foldCase = (text: string): string => {
  const folded = text.toLowerCase();
  if (folded.length === text.length) return folded;
  return Array.from(text, (letter) => {
    const lower = letter.toLowerCase();
    return lower.length === letter.length ? lower : letter;
  }).join('');
};
