import type { ZonedDateTime } from '@js-joda/core';
import { BotError } from '@signalbox/taskbot';

/** @param name of the attribute, for the message */
export const requireDate = (date: ZonedDateTime | undefined, name: string): ZonedDateTime => {
  if (date) return date;
  throw new BotError(`Expected a date in "${name}", but there is none. Choose a date, or give the variable one first.`);
};
