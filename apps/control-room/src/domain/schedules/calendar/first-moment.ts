/**
 * The first moment at which the clocks of a zone show this time or a later one. A time that they skip is thereby the moment
 * after the gap, and one that they show twice is the first of the two.
 */
export function firstMomentOf(local: Temporal.PlainDateTime, timeZone: string): Temporal.Instant {
  const first = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (first.toPlainDateTime().equals(local)) return first.toInstant();
  // In a gap "earlier" answers a moment before it, as long before as the gap is.
  const afterGap = first.getTimeZoneTransition('next');
  if (afterGap === null) throw new Error(`${timeZone} never shows ${local.toString()}.`);
  return afterGap.toInstant();
}
