import { BotError, BotRecord, BotTable, type BotValue, packageFunction } from '@signalbox/taskbot';
import { columnNamed } from '../support/columns.ts';
import { numberFromText } from '../support/number-text.ts';
import { requirePosition } from '../support/position.ts';
import { asText, excerpt, kindOf } from '../support/text.ts';

const common = { package: 'LegacyAutomation', runsOn: 'anywhere', since: '0.1.0', returns: 'ANY' } as const;

/* Enterprise 11 counted from 1: `$Excel Column(1)$` was the first. Both functions keep that [inferred]. */

/** `(2)` of a list or record, `(2,3)` row and column of a table. A single value is its own only item. */
export const getLegacyIndexValue = packageFunction({
  ...common,
  name: 'getLegacyIndexValue',
  summary: 'The item at a position counted from 1, or at row and column.',
  apply: (subject, argument) => {
    const [first, second] = asText(argument).split(',').map(position);
    if (Array.isArray(subject)) return at(subject, first, 'list');
    if (subject instanceof BotRecord) return at(subject.values, first, 'column');
    if (subject instanceof BotTable) {
      const row = subject.rows[requirePosition(first, subject.rows.length, 'row')] ?? [];
      return second === undefined ? new BotRecord(subject.columns, [...row]) : at(row, second, 'column');
    }
    if (subject instanceof Map) return subject.get(asText(argument)) ?? null;
    return subject;
  },
});

/** A column's name is tried first, so a column called "2" is found by it. */
export const getCellByIndexOrName = packageFunction({
  ...common,
  name: 'getCellByIndexOrName',
  summary: 'The value of a record in a column, named or counted from 1.',
  apply: (subject, argument) => {
    const wanted = asText(argument)
      .trim()
      .replace(/^"(.*)"$/, '$1');
    if (subject instanceof Map) return subject.get(wanted) ?? null;
    if (Array.isArray(subject)) return at(subject, position(wanted), 'list');
    if (!(subject instanceof BotRecord)) {
      throw new BotError(`Expected a record to take "${excerpt(wanted)}" from, but got ${kindOf(subject)}.`);
    }
    const named = subject.columns.some((column) => column.name.toLowerCase() === wanted.toLowerCase());
    return !named && numberFromText(wanted) !== undefined
      ? at(subject.values, position(wanted), 'column')
      : (subject.values[columnNamed(subject.columns, wanted)] ?? null);
  },
});

/** From the old count from 1 to ours from 0. */
const position = (text: string): number => {
  const value = numberFromText(text);
  if (value !== undefined && value >= 1) return value - 1;
  throw new BotError(`Expected a position of 1 or more, but got "${excerpt(text)}". Old bots count from 1.`);
};

const at = (values: readonly BotValue[], index: number | undefined, what: string): BotValue =>
  values[requirePosition(index, values.length, what)] ?? null;
