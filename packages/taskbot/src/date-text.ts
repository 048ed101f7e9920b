import {
  DateTimeFormatter,
  LocalDate,
  LocalDateTime,
  LocalTime,
  ZonedDateTime,
  ZoneId,
  ZoneOffset,
} from '@js-joda/core';

const NAMED_ZONE = /\[([^\]]*)\]$/;
const OFFSET = /(?:Z|[+-]\d{2}:?\d{2}(?::?\d{2})?)$/i;
const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads the ISO shapes in which bots and their callers write a moment: `2024-05-01T09:30:00+02:00[Europe/Paris]`, with
 * offset only, without zone (UTC) and a date alone (its midnight). A zone name this process has no rules for is left
 * out: the offset before it already fixes the moment.
 *
 * @returns undefined when the text is none of these
 */
export function readDateTime(text: string): ZonedDateTime | undefined {
  let rest = text.trim();
  const named = NAMED_ZONE.exec(rest)?.[1];
  if (named !== undefined) rest = rest.slice(0, -(named.length + 2));
  rest = rest.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, '$1T');
  try {
    if (DATE_ONLY.test(rest)) return LocalDate.parse(rest).atTime(LocalTime.MIDNIGHT).atZone(zoneOf(named));
    if (OFFSET.test(rest)) {
      const moment = ZonedDateTime.parse(rest.toUpperCase());
      return named === undefined ? moment : moment.withZoneSameInstant(zoneOf(named, moment.zone()));
    }
    return LocalDateTime.parse(rest).atZone(zoneOf(named));
  } catch {
    return undefined;
  }
}

/** `2024-05-01T09:30:00+02:00`: the offset, never the zone's name, so that any reader understands it. */
export function printDateTime(moment: ZonedDateTime): string {
  return moment.format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
}

function zoneOf(name: string | undefined, otherwise: ZoneId = ZoneOffset.UTC): ZoneId {
  if (name === undefined || name === '') return otherwise;
  try {
    return ZoneId.of(name);
  } catch {
    return otherwise;
  }
}
