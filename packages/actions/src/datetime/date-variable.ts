import { ZonedDateTime } from '@js-joda/core';
import { attribute, type BotValue, condition, type Host } from '@signalbox/taskbot';
import { parseDate } from '../support/date-pattern.ts';
import { holds, ORDER_OPERATORS } from '../support/operator.ts';
import { requireDate } from './require-date.ts';

/**
 * Either side is a date or a text with its format. `…Option` holds the date itself in some documents and the word
 * that chooses (`DATETIME`, `FIXED VALUE`) in others [inferred], so both are read.
 */
export const dateVariable = condition({
  package: 'Datetime',
  name: 'dateVariable',
  summary: 'Compares two dates.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceDateOption: attribute.any(),
    sourceDate: attribute.dateTime({ alias: ['sourceDateTime', 'sourceDateVariable', 'variable'] }),
    sourceFixedDate: attribute.text(),
    sourceDateFormat: attribute.text(),
    operator: attribute.choice(ORDER_OPERATORS),
    destDateOption: attribute.any(),
    destDate: attribute.dateTime({ alias: ['destDateTime', 'destDateVariable', 'value'] }),
    destFixedDate: attribute.text(),
    destDateFormat: attribute.text(),
  },
  test: (input, host) => {
    const source = sideOf(
      input.sourceDateOption,
      input.sourceDate,
      input.sourceFixedDate,
      input.sourceDateFormat,
      host,
    );
    const other = sideOf(input.destDateOption, input.destDate, input.destFixedDate, input.destDateFormat, host);
    return holds(input.operator, compareMoments(requireDate(source, 'source'), requireDate(other, 'destination')), 0);
  },
});

/** Not ZonedDateTime.compareTo(), which tells the same moment in two zones apart. */
const compareMoments = (left: ZonedDateTime, right: ZonedDateTime): number =>
  left.toInstant().compareTo(right.toInstant());

const sideOf = (
  option: BotValue,
  date: ZonedDateTime | undefined,
  fixed: string,
  format: string,
  host: Host,
): ZonedDateTime | undefined => {
  if (option instanceof ZonedDateTime) return option;
  if (date && !(typeof option === 'string' && /fixed/i.test(option))) return date;
  if (fixed === '') return date;
  const pattern = format === '' ? 'ISO_LOCAL_DATE_TIME' : format;
  return parseDate(fixed, { prebuilt: /^[A-Z0-9_]+_[A-Z0-9_]+$/.test(pattern), pattern }, host.now());
};
