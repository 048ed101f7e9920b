import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LocalDateTime, type ZonedDateTime } from '@js-joda/core';
import { attribute, BotError, type Host } from '@signalbox/taskbot';
import { parseDate } from './date-pattern.ts';
import { fileWork } from './file-fault.ts';
import { excerpt } from './text.ts';
import { fitsWildcard } from './wildcard.ts';

/**
 * The filters that the File and Folder actions share: by size in kilobytes [inferred] and by age. Only `isSize`,
 * `isDate`, `sizeValue`, `dateValue`, `dateRangeValue`, `days` and the before-date are seen in real bots.
 */
export const filterAttributes = {
  isSize: attribute.flag(),
  sizeValue: attribute.choice(['Atleast', 'Atmost']),
  size: attribute.number({ alias: ['sizeInKB', 'fileSize'] }),
  isDate: attribute.flag(),
  dateValue: attribute.choice(['Created', 'Modified']),
  dateRangeValue: attribute.text({ fallback: 'Before', note: 'Before, After, Between, Days, Hours or Minutes.' }),
  days: attribute.number({ alias: ['day'] }),
  hours: attribute.number({ alias: ['hour'] }),
  minutes: attribute.number({ alias: ['minute'] }),
  beforeDate: attribute.text({ alias: ['endDate', 'toDate'] }),
  afterDate: attribute.text({ alias: ['startDate', 'fromDate'] }),
  isBeforeDateIncluded: attribute.flag(),
  isAfterDateIncluded: attribute.flag(),
};

export interface FileFilter {
  readonly isSize: boolean;
  readonly sizeValue: 'Atleast' | 'Atmost';
  readonly size: number | undefined;
  readonly isDate: boolean;
  readonly dateValue: 'Created' | 'Modified';
  readonly dateRangeValue: string;
  readonly days: number | undefined;
  readonly hours: number | undefined;
  readonly minutes: number | undefined;
  readonly beforeDate: string;
  readonly afterDate: string;
  readonly isBeforeDateIncluded: boolean;
  readonly isAfterDateIncluded: boolean;
}

export const hasWildcard = (path: string): boolean => /[*?]/.test(basename(path));

/**
 * The files (or folders) a path means: itself, or with `*` and `?` in its last part all that fit, sorted by name. Then
 * the filters. A plain path that is not there is a fault; a pattern that fits nothing is an empty answer.
 */
export const chooseFiles = (path: string, kind: 'file' | 'folder', filter: FileFilter, host: Host): string[] => {
  const candidates = hasWildcard(path) ? matching(path) : [path];
  const passes = filterOf(filter, host);
  return candidates.filter((candidate) => {
    const stats = statSync(candidate, { throwIfNoEntry: false });
    if (!stats || stats.isDirectory() !== (kind === 'folder')) {
      if (hasWildcard(path)) return false;
      const other = stats ? ` It is a ${stats.isDirectory() ? 'folder' : 'file'}.` : ' Check the path.';
      throw new BotError(`The ${kind} "${path}" is not there.${other}`);
    }
    return passes(stats);
  });
};

const matching = (path: string): string[] => {
  const folder = dirname(path);
  const pattern = basename(path);
  return fileWork('read the folder', folder, () => readdirSync(folder))
    .filter((name) => fitsWildcard(name, pattern))
    .sort()
    .map((name) => join(folder, name));
};

const filterOf = (filter: FileFilter, host: Host): ((stats: Stats) => boolean) => {
  const bytes = filter.isSize ? required(filter.size, 'size') * 1024 : undefined;
  const inTime = filter.isDate ? timeFilterOf(filter, host) : undefined;
  return (stats) => {
    if (bytes !== undefined && !(filter.sizeValue === 'Atleast' ? stats.size >= bytes : stats.size <= bytes))
      return false;
    return inTime === undefined || inTime(filter.dateValue === 'Created' ? stats.birthtimeMs : stats.mtimeMs);
  };
};

const MINUTE = 60_000;

const timeFilterOf = (filter: FileFilter, host: Host): ((time: number) => boolean) => {
  const now = host.now();
  const since = (span: number) => {
    const start = now.toInstant().toEpochMilli() - span;
    return (time: number) => time >= start;
  };
  // "Included" takes in the whole named day, so the border moves by one.
  const before = () => {
    const border = dayOf(filter.beforeDate, now).plusDays(filter.isBeforeDateIncluded ? 1 : 0);
    const end = border.toInstant().toEpochMilli();
    return (time: number) => time < end;
  };
  const after = () => {
    const border = dayOf(filter.afterDate, now).plusDays(filter.isAfterDateIncluded ? 0 : 1);
    const start = border.toInstant().toEpochMilli();
    return (time: number) => time >= start;
  };
  switch (filter.dateRangeValue.trim().toLowerCase()) {
    case 'days':
      return since(required(filter.days, 'days') * 24 * 60 * MINUTE);
    case 'hours':
      return since(required(filter.hours, 'hours') * 60 * MINUTE);
    case 'minutes':
      return since(required(filter.minutes, 'minutes') * MINUTE);
    case 'before':
      return before();
    case 'after':
      return after();
    case 'between': {
      const early = after();
      const late = before();
      return (time) => early(time) && late(time);
    }
    default:
      throw new BotError(
        `Expected a date range of Before, After, Between, Days, Hours or Minutes, but got "${excerpt(filter.dateRangeValue)}".`,
      );
  }
};

const DAY_PATTERNS = ['yyyy-MM-dd', 'M/d/yyyy', 'yyyyMMdd', 'd.M.yyyy'];

/** The midnight that begins a day written in any of the usual ways; a time behind it is left off. */
const dayOf = (text: string, now: ZonedDateTime): ZonedDateTime => {
  const day = text.trim().split(/[T ]/)[0] ?? '';
  for (const pattern of DAY_PATTERNS) {
    try {
      return parseDate(day, { prebuilt: false, pattern }, now).with(LocalDateTime.MIN.toLocalTime());
    } catch {
      // The next pattern may fit.
    }
  }
  throw new BotError(`Expected a day such as 2024-02-05 or 02/05/2024 in the date filter, but got "${excerpt(text)}".`);
};

const required = (value: number | undefined, name: string): number => {
  if (value !== undefined && value >= 0) return value;
  throw new BotError(`Expected "${name}" of the filter to be nought or more, but got ${value ?? 'nothing'}.`);
};
