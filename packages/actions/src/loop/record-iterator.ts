import { attribute, BotError, BotRecord, BotTable, iterator } from '@signalbox/taskbot';
import { kindOf } from '../support/text.ts';

/** Each value of a record [inferred from its name: two uses, no document]. A table under the same name gives its rows. */
export const recordIterator = iterator({
  package: 'Loop',
  name: 'iterator.table.record',
  summary: 'Each value of a record.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { record: attribute.any({ required: true, alias: ['sourceRecord', 'table', 'sourceTable'] }) },
  yields: 'ANY',
  iterate: ({ record: source }) => {
    if (source instanceof BotRecord) return source.values;
    if (source instanceof BotTable) return source.rows.map((row) => new BotRecord(source.columns, row));
    throw new BotError(`Expected a record to loop over, but got ${kindOf(source)}. Choose a record variable.`);
  },
});
