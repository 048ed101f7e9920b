import { attribute, BotRecord, type BotTable, iterator } from '@signalbox/taskbot';

/** A record for each row, made when its turn comes; changing the record leaves the table alone. */
export const rowIterator = iterator({
  package: 'DataTable',
  name: 'iteratorTableRow',
  summary: 'Each row of a table, as a record.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceTable: attribute.table({ required: true, alias: ['table'] }) },
  yields: 'RECORD',
  iterate: (input) => rowsOf(input.sourceTable),
});

function* rowsOf(table: BotTable): Iterable<BotRecord> {
  for (const row of table.rows) yield new BotRecord(table.columns, row.slice());
}
