import { types as standard } from 'pg';

const INT8 = 20;
const TIMESTAMPTZ = 1184;
const INT8_ARRAY = 1016;
const NUMERIC = 1700;

/**
 * How PostgreSQL's texts become values: int8 as number (ids stay far below 2^53, and a larger one is a fault, not a
 * rounding), timestamptz as Temporal.Instant with its microseconds, everything else as pg has it.
 */
export const valueParsers = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (format !== 'binary') {
      if (oid === INT8) return readId;
      if (oid === TIMESTAMPTZ) return readInstant;
      if (oid === INT8_ARRAY) return readIds;
      if (oid === NUMERIC) return Number;
    }
    return standard.getTypeParser(oid, format as 'text');
  }) as typeof standard.getTypeParser,
};

function readId(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id)) throw new RangeError(`The database holds ${text}, which is past 2^53.`);
  return id;
}

function readIds(text: string): number[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(readId);
}

/** `2026-11-22 01:46:00.123456+00` → Instant */
function readInstant(text: string): Temporal.Instant {
  return Temporal.Instant.from(text.replace(' ', 'T'));
}

/** pg would send an Instant as JSON; PostgreSQL wants its text. */
export function toParameter(value: unknown): unknown {
  return value instanceof Temporal.Instant ? value.toString() : value;
}
