import { BotError } from '@signalbox/taskbot';
import { excerpt } from './text.ts';

const PLAIN = /^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?(?:[eE][+-]?\d+)?$/;

/** The number a text spells, or undefined. Blanks around it and thousands commas are fine: ` 1,234.50 ` is 1234.5. */
export const numberFromText = (text: string): number | undefined => {
  const trimmed = text.trim();
  if (!PLAIN.test(trimmed) || !/\d/.test(trimmed)) return undefined;
  const value = Number(trimmed.replaceAll(',', ''));
  return Number.isFinite(value) ? value : undefined;
};

export const requireNumber = (text: string): number => {
  const value = numberFromText(text);
  if (value !== undefined) return value;
  throw new BotError(
    `Expected a number such as 1234.5 or 1,234.50, but got "${excerpt(text)}". Remove letters and signs from the text, ` +
      'or use String.toLocaleNumber when another country wrote it.',
  );
};

/**
 * A number as a locale writes it (`1.234,5` in de-DE).
 *
 * @param locale BCP 47 tag, `_` accepted for `-`
 */
export const localeNumber = (text: string, locale: string): number => {
  const tag = locale.trim().replaceAll('_', '-');
  let parts: Intl.NumberFormatPart[];
  try {
    parts = new Intl.NumberFormat(tag === '' ? undefined : tag).formatToParts(-1234567.8);
  } catch (cause) {
    throw new BotError(`Expected a locale such as en-US or de-DE, but got "${excerpt(locale)}".`, { cause });
  }
  const group = parts.find((part) => part.type === 'group')?.value ?? ',';
  const decimal = parts.find((part) => part.type === 'decimal')?.value ?? '.';
  // People type a plain blank where the locale data has a no-break or narrow one.
  const bare = text.trim().replaceAll(/\s/g, /\s/.test(group) ? '' : ' ');
  const plain = bare.replaceAll(group, '').replace(decimal, '.').replace('−', '-');
  const value = plain.includes(',') ? undefined : numberFromText(plain);
  if (value !== undefined) return value;
  throw new BotError(
    `Expected a number as ${tag === '' ? 'this device' : tag} writes it (1${group}234${decimal}5), but got "${excerpt(text)}".`,
  );
};
