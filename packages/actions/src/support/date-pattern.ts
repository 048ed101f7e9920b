import { createRequire } from 'node:module';
import {
  DateTimeFormatter,
  DateTimeFormatterBuilder,
  type LocalDate,
  LocalDateTime,
  LocalTime,
  TemporalQueries,
  ZonedDateTime,
  type ZoneId,
  ZoneOffset,
} from '@js-joda/core';
import { BotError } from '@signalbox/taskbot';
import { excerpt } from './text.ts';

/**
 * The names of Java's ready formats. Three are spelt out here because js-joda's own differ from Java's: it writes the
 * zone's name into RFC 1123, drops the offset of the basic and week dates, and does not pad the day of the year.
 */
const RFC_1123 = 'EEE, d MMM yyyy HH:mm:ss XX';
const ISO_WEEK = 'ISO_WEEK_DATE';
const PREBUILT: Readonly<Record<string, DateTimeFormatter | string>> = {
  ISO_LOCAL_DATE: DateTimeFormatter.ISO_LOCAL_DATE,
  ISO_LOCAL_TIME: DateTimeFormatter.ISO_LOCAL_TIME,
  ISO_LOCAL_DATE_TIME: DateTimeFormatter.ISO_LOCAL_DATE_TIME,
  ISO_OFFSET_DATE: DateTimeFormatter.ISO_OFFSET_DATE,
  ISO_OFFSET_TIME: DateTimeFormatter.ISO_OFFSET_TIME,
  ISO_OFFSET_DATE_TIME: DateTimeFormatter.ISO_OFFSET_DATE_TIME,
  ISO_ZONED_DATE_TIME: DateTimeFormatter.ISO_ZONED_DATE_TIME,
  ISO_DATE: DateTimeFormatter.ISO_DATE,
  ISO_TIME: DateTimeFormatter.ISO_TIME,
  ISO_DATE_TIME: DateTimeFormatter.ISO_DATE_TIME,
  ISO_INSTANT: DateTimeFormatter.ISO_INSTANT,
  ISO_ORDINAL_DATE: 'yyyy-DDD[XXX]',
  ISO_WEEK_DATE: ISO_WEEK,
  BASIC_ISO_DATE: 'yyyyMMdd[XX]',
  RFC_1123_DATE_TIME: RFC_1123,
};
export const PREBUILT_PATTERNS: readonly string[] = Object.keys(PREBUILT);

/** How a date is written: one of Java's ready formats by its name, or a Java pattern such as `MM/dd/yyyy HH:mm`. */
export interface DatePattern {
  readonly prebuilt: boolean;
  readonly pattern: string;
}

export const formatDate = (date: ZonedDateTime, { prebuilt, pattern }: DatePattern): string => {
  if (!prebuilt) return withPattern(pattern, (formatter) => write(date, formatter, pattern));
  const known = prebuiltOf(pattern);
  // Java writes GMT here, where the pattern letter would write Z.
  if (known === RFC_1123 && date.offset().equals(ZoneOffset.UTC)) {
    return formatDate(date, { prebuilt: false, pattern: "EEE, d MMM yyyy HH:mm:ss 'GMT'" });
  }
  if (known === ISO_WEEK) {
    return date.format(DateTimeFormatter.ISO_WEEK_DATE) + date.offset().id();
  }
  if (typeof known === 'string') {
    return formatDate(date, { prebuilt: false, pattern: known.replaceAll(/[[\]]/g, '') });
  }
  return date.format(known);
};

const write = (date: ZonedDateTime, formatter: DateTimeFormatter, pattern: string): string => {
  try {
    return date.format(formatter);
  } catch (cause) {
    throw new BotError(`The date ${date.toString()} cannot be written as "${excerpt(pattern)}". Change the format.`, {
      cause,
    });
  }
};

/**
 * Reads a date. What the text leaves open comes from `now`: the zone, and the day when there is only a time. A date
 * without a time is its midnight.
 */
export const parseDate = (text: string, { prebuilt, pattern }: DatePattern, now: ZonedDateTime): ZonedDateTime => {
  const known = prebuilt ? prebuiltOf(pattern) : pattern;
  // A text with a region (`[Europe/Paris]`) needs the zone data.
  if (text.includes('/') && text.includes('[')) loadZones();
  if (known === DateTimeFormatter.ISO_INSTANT) {
    const whole = /z$/i.test(text.trim()) ? text.trim() : `${text.trim()}Z`;
    return parseWith(DateTimeFormatter.ISO_ZONED_DATE_TIME, whole, pattern, now).withZoneSameInstant(now.zone());
  }
  if (prebuilt && known === RFC_1123) {
    return parseDate(text.replace(/\bGMT$/i, '+0000'), { prebuilt: false, pattern: known }, now);
  }
  if (known === ISO_WEEK) return parseWith(DateTimeFormatter.ISO_WEEK_DATE, text, pattern, now);
  if (known instanceof DateTimeFormatter) return parseWith(known, text, pattern, now);
  return withPattern(known, (formatter) => parseWith(formatter, text, pattern, now));
};

const parseWith = (formatter: DateTimeFormatter, text: string, pattern: string, now: ZonedDateTime): ZonedDateTime => {
  try {
    const parsed = formatter.parse(text.trim());
    const zone: ZoneId = parsed.query(TemporalQueries.zone()) ?? now.zone();
    const time: LocalTime | null = parsed.query(TemporalQueries.localTime());
    const day: LocalDate | null = parsed.query(TemporalQueries.localDate());
    if (day || time) {
      return ZonedDateTime.of(LocalDateTime.of(day ?? now.toLocalDate(), time ?? LocalTime.MIDNIGHT), zone);
    }
  } catch (cause) {
    throw new BotError(
      `Expected a date written as ${pattern} (for example ${exampleOf(formatter)}), but got "${excerpt(text)}". Change the format or the text.`,
      { cause },
    );
  }
  throw new BotError(`The format "${pattern}" tells neither a whole day nor a time. Add the missing parts to it.`);
};

const exampleOf = (formatter: DateTimeFormatter): string => {
  try {
    return ZonedDateTime.of(2024, 2, 5, 15, 4, 9, 0, ZoneOffset.UTC).format(formatter);
  } catch {
    return '2024-02-05';
  }
};

/** Pattern letters that are words or depend on a country's calendar, and so need the locale data. */
const WORDS = /[EecaBGLwWY]|MMM|QQQ/;

const withPattern = <T>(pattern: string, use: (formatter: DateTimeFormatter) => T): T => {
  const letters = pattern.replaceAll(/'[^']*'/g, '');
  let formatter: DateTimeFormatter;
  try {
    if (/[zV]/.test(letters)) loadZones();
    // Before the pattern is built: loading it is what teaches the builder its letters.
    const locale = WORDS.test(letters) ? load('@js-joda/locale_en').Locale.US : undefined;
    const built = new DateTimeFormatterBuilder().parseCaseInsensitive().appendPattern(pattern).toFormatter();
    formatter = locale ? built.withLocale(locale) : built;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new BotError(
      `"${excerpt(pattern)}" is not a date format: ${why}. Letters stand for parts (yyyy MM dd HH mm ss); put plain words between '…'.`,
      { cause },
    );
  }
  return use(formatter);
};

const prebuiltOf = (name: string): DateTimeFormatter | string => {
  const known = PREBUILT[name.trim().toUpperCase()];
  if (known !== undefined) return known;
  throw new BotError(
    `Expected a ready date format, one of ${PREBUILT_PATTERNS.join(', ')}, but got "${excerpt(name)}".`,
  );
};

/**
 * Month names cost 220 ms and time zones 110 ms to load (cold, one core), and most bots use neither, so each is loaded
 * by the first pattern that needs it. Node keeps loaded modules, so this is state of the process, not of this file.
 */
const load = (name: '@js-joda/locale_en'): typeof import('@js-joda/locale_en') =>
  // require() is untyped; the name says which package it is.
  createRequire(import.meta.url)(name) as typeof import('@js-joda/locale_en');

const loadZones = (): void => {
  createRequire(import.meta.url)('@js-joda/timezone');
};
