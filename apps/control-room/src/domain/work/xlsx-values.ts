/** What the number in a cell means, by the cell's number format. */
export type NumberKind = 'number' | 'date' | 'time';

/** The formats that every workbook has without naming them (ECMA-376 part 1, §18.8.30), with those of East Asia. */
const BUILT_IN_DATES: readonly (readonly [from: number, to: number])[] = [
  [14, 17],
  [22, 22],
  [27, 31],
  [34, 36],
  [50, 58],
];
const BUILT_IN_TIMES: readonly (readonly [from: number, to: number])[] = [
  [18, 21],
  [32, 33],
  [45, 45],
  [47, 47],
];

export function kindOfFormat(id: number, code: string | undefined): NumberKind {
  if (code !== undefined) return kindOfCode(code);
  const within = ([from, to]: readonly [number, number]): boolean => id >= from && id <= to;
  return BUILT_IN_DATES.some(within) ? 'date' : BUILT_IN_TIMES.some(within) ? 'time' : 'number';
}

/** `[h]:mm` is a length of time, not a moment, so it stays a number. */
function kindOfCode(code: string): NumberKind {
  const [positive = ''] = code.replace(/"[^"]*"|\\.|[_*]./g, '').split(';', 1);
  if (/\[(h+|m+|s+)\]/i.test(positive)) return 'number';
  const letters = positive
    .replace(/\[[^\]]*\]/g, '')
    .replace(/general/gi, '')
    .replace(/am\/pm|a\/p/gi, 'h');
  // `E+00` is a scientific number; a lone `e` is a year in East Asia, and then a `d` or an `m` stands beside it.
  if (/[0#?]/.test(letters) && !/[ymdhs]/i.test(letters)) return 'number';
  if (/[yd]/i.test(letters)) return 'date';
  if (/[hs]/i.test(letters)) return 'time';
  return /m/i.test(letters) ? 'date' : 'number';
}

const DAY_MS = 86_400_000;
/** 9999-12-31, the last day that Excel knows. */
const LAST_SERIAL = 2_958_466;

/** The text of a number as it stands in the file. Where it is no number after all, it stays as it is. */
export function numberText(raw: string, kind: NumberKind, is1904: boolean): string {
  const value = Number(raw);
  if (raw.trim() === '' || !Number.isFinite(value)) return raw;
  if (kind !== 'number') {
    const moment = momentText(value, kind, is1904);
    if (moment !== undefined) return moment;
  }
  // Excel computes with 15 digits; what stands behind them is the noise of binary fractions: 0.30000000000000004.
  return String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(15))).replace(/^-0$/, '0');
}

/** `2026-01-31`, `2026-01-31T08:30:00Z`, or `08:30:00` for a time without a day. Excel knows no zone: UTC is meant. */
function momentText(serial: number, kind: 'date' | 'time', is1904: boolean): string | undefined {
  if (serial < 0 || serial >= LAST_SERIAL) return undefined;
  const milliseconds = Math.round(serial * DAY_MS);
  if (kind === 'time' && milliseconds < DAY_MS) return timeText(milliseconds);
  // Excel's day 60 is a 29 February 1900 that never was, so days before it count from one day later.
  const epoch = is1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30);
  const iso = new Date(epoch + milliseconds).toISOString();
  return milliseconds % DAY_MS === 0 ? iso.slice(0, 10) : iso.replace('.000Z', 'Z');
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(11, 23).replace('.000', '');
}
