import { action, attribute, BotTable, type BotValue, type Column, requireItemCount } from '@signalbox/taskbot';
import { columnNamed } from '../support/columns.ts';
import { asText } from '../support/text.ts';

/**
 * As SQL joins: rows of the first table keep their order, each with every row of the second whose column reads the
 * same. A name that both tables use gets the second time a number behind it. One hash pass, not rows times rows.
 */
export const join = action({
  package: 'DataTable',
  name: 'join',
  summary: 'Puts the rows of two tables side by side where a column is the same.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    firstTable: attribute.table({ required: true }),
    firstColumnName: attribute.text(),
    secondTable: attribute.table({ required: true }),
    secondColumnName: attribute.text(),
    joinType: attribute.choice([
      'INNER_JOIN',
      'LEFT_JOIN',
      'RIGHT_JOIN',
      'FULL_JOIN',
      'INNER',
      'LEFT',
      'RIGHT',
      'FULL',
    ]),
  },
  returns: 'TABLE',
  run: (input, host) => {
    const { firstTable: first, secondTable: second, joinType } = input;
    const firstKey = columnNamed(first.columns, input.firstColumnName);
    const secondKey = columnNamed(second.columns, input.secondColumnName);
    const keepFirst = joinType.startsWith('LEFT') || joinType.startsWith('FULL');
    const keepSecond = joinType.startsWith('RIGHT') || joinType.startsWith('FULL');

    const byKey = Map.groupBy(second.rows, (row) => asText(row[secondKey]));
    const met = new Set<string>();
    const rows: BotValue[][] = [];
    for (const row of first.rows) {
      const key = asText(row[firstKey]);
      const partners = byKey.get(key);
      if (partners) {
        met.add(key);
        requireItemCount(rows.length + partners.length, host);
        for (const partner of partners) rows.push([...row, ...partner]);
      } else if (keepFirst) {
        rows.push([...row, ...blanks(second.columns.length)]);
      }
    }
    if (keepSecond) {
      for (const row of second.rows) {
        if (!met.has(asText(row[secondKey]))) rows.push([...blanks(first.columns.length), ...row]);
      }
    }
    return new BotTable(joinedColumns(first.columns, second.columns), rows);
  },
});

const blanks = (count: number): BotValue[] => Array.from({ length: count }, () => '');

const joinedColumns = (first: readonly Column[], second: readonly Column[]): Column[] => {
  const columns = [...first];
  const taken = new Set(first.map((column) => column.name.toLowerCase()));
  for (const column of second) {
    let name = column.name;
    for (let copy = 1; taken.has(name.toLowerCase()); copy++) name = `${column.name}_${copy}`;
    taken.add(name.toLowerCase());
    columns.push({ ...column, name });
  }
  return columns;
};
