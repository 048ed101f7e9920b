import type { Attribute } from './models.ts';
import { columnsOf } from './payload.ts';

/** How many display slots an item shows (contract b §1.7). */
export const SLOTS = 21;
/** Longer values are cut in the slots, never in `json` (b §1.4). */
const LONGEST = 1_000;

/** `col1` … in model attribute order: the attributes that the queue shows. */
export function displayedAttributes(
  attributes: readonly Attribute[],
  displayColumnIds: readonly number[],
): readonly Attribute[] {
  const shown =
    displayColumnIds.length === 0 ? attributes : attributes.filter(({ id }) => displayColumnIds.includes(id));
  return shown.slice(0, SLOTS);
}

/** The texts of the slots for one payload; "" where there is nothing. */
export function displayTexts(shown: readonly Attribute[], json: unknown): string[] {
  const values = columnsOf(json);
  const texts = shown.map(({ name, type }) => displayText(type, values[name]).slice(0, LONGEST));
  while (texts.length < SLOTS) texts.push('');
  return texts;
}

function displayText(type: Attribute['type'], value: unknown): string {
  if (value === undefined || value === null || value === '') return '';
  if (type === 'NUMBER') {
    const number = Number(value);
    return Number.isFinite(number) ? javaDouble(number) : String(value);
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A number as Java prints a double, which is what the vendor shows: 100 → `100.0`, 9007199254740991 → `9.007199254740991E15`. */
export function javaDouble(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}
