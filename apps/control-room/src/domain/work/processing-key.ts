import type { Attribute } from './models.ts';
import { columnsOf } from './payload.ts';
import type { ProcessingOrder } from './tables.ts';

/**
 * A queue's processing order, up to three columns ascending or descending, as one value that PostgreSQL sorts bytewise.
 * One index then serves every queue's claims, whatever its order. Ties stand in the order they came in.
 *
 * For each column: a byte that says whether there is a value (without one stands last, in either direction), then the
 * value so encoded that bytes compare as values do; descending turns every bit round.
 */
export function compileProcessingKey(
  attributes: readonly Attribute[],
  orders: readonly ProcessingOrder[],
): (json: unknown) => Buffer {
  const columns = orders.flatMap(({ attribute, descending }) => {
    const known = attributes.find(({ name }) => name === attribute);
    return known ? [{ name: known.name, encode: encoders[known.type], descending }] : [];
  });
  if (columns.length === 0) return () => EMPTY;

  return (json) => {
    const values = columnsOf(json);
    const parts: Buffer[] = [];
    for (const { name, encode, descending } of columns) {
      const bytes = encode(values[name]);
      parts.push(bytes ? PRESENT : ABSENT);
      if (bytes) parts.push(descending ? (bytes.map((byte) => 255 - byte) as Buffer) : bytes);
    }
    return Buffer.concat(parts);
  };
}

const EMPTY = Buffer.alloc(0);
const PRESENT = Buffer.of(1);
const ABSENT = Buffer.of(2);
/** Longer texts sort by their beginning. */
const TEXT_BYTES = 64;

const encoders: Readonly<Record<Attribute['type'], (value: unknown) => Buffer | undefined>> = {
  NUMBER: (value) => (value === undefined || value === null || value === '' ? undefined : encodeNumber(Number(value))),
  DATE: (value) =>
    value === undefined || value === null || value === '' ? undefined : encodeNumber(Date.parse(String(value))),
  BOOLEAN: (value) =>
    value === undefined || value === null || value === ''
      ? undefined
      : Buffer.of(/^true$/i.test(String(value)) ? 1 : 0),
  TEXT: (value) => (value === undefined || value === null ? undefined : encodeText(String(value))),
};

/** IEEE 754 sorts as unsigned bytes once the sign bit is flipped, and all bits of the negative ones. */
function encodeNumber(value: number): Buffer | undefined {
  if (Number.isNaN(value)) return undefined;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  const negative = (bytes[0] ?? 0) >= 128;
  for (let i = 0; i < 8; i++)
    bytes[i] = negative ? 255 - (bytes[i] ?? 0) : i === 0 ? (bytes[i] ?? 0) ^ 128 : (bytes[i] ?? 0);
  return bytes;
}

/** Two zero bytes end it, so that a text stands before its own continuations; a zero byte inside is escaped. */
function encodeText(value: string): Buffer {
  const bytes: number[] = [];
  for (const byte of Buffer.from(value, 'utf8').subarray(0, TEXT_BYTES)) {
    bytes.push(byte);
    if (byte === 0) bytes.push(255);
  }
  bytes.push(0, 0);
  return Buffer.from(bytes);
}
