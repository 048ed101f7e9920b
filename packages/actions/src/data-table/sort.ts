import { ZonedDateTime } from '@js-joda/core';
import { action, attribute, type BotValue } from '@signalbox/taskbot';
import { chosenColumn } from '../support/columns.ts';
import { numberFromText } from '../support/number-text.ts';
import { asText } from '../support/text.ts';
import { columnAttributes, columnChoice } from './place.ts';

/** Stable. Numbers and number texts go by size, before everything else; dates by time; the rest by its text. */
export const sort = action({
  package: 'DataTable',
  name: 'sort',
  summary: 'Sorts the rows of a table by a column.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    table: attribute.table({ required: true, alias: ['sourceTable'] }),
    ...columnAttributes,
    sortType: attribute.choice(['ASCENDING', 'DESCENDING']),
  },
  returns: 'TABLE',
  run: (input) => {
    const { columns, rows } = input.table;
    const column = chosenColumn(columns, columnChoice(input));
    const direction = input.sortType === 'ASCENDING' ? 1 : -1;
    const keyed = rows.map((row) => ({ row, key: sortKey(row[column]) }));
    keyed.sort((left, right) => direction * compareKeys(left.key, right.key));
    keyed.forEach(({ row }, index) => {
      rows[index] = row;
    });
    return input.table;
  },
});

const sortKey = (value: BotValue | undefined): number | string => {
  if (typeof value === 'number') return value;
  if (value instanceof ZonedDateTime) return value.toInstant().toEpochMilli();
  const text = asText(value);
  return numberFromText(text) ?? text.toLowerCase();
};

const compareKeys = (left: number | string, right: number | string): number => {
  if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
};
