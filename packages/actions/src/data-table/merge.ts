import { action, attribute, BotTable, requireItemCount } from '@signalbox/taskbot';

/** The rows of the second under those of the first: columns meet by name, and columns the first lacks come behind. */
export const merge = action({
  package: 'DataTable',
  name: 'merge',
  summary: 'Puts the rows of one table under those of another.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    firstTable: attribute.table({ required: true, alias: ['sourceTable', 'table'] }),
    secondTable: attribute.table({ required: true, alias: ['destinationTable', 'mergeTable'] }),
  },
  returns: 'TABLE',
  run: ({ firstTable, secondTable }, host) => {
    requireItemCount(firstTable.rows.length + secondTable.rows.length, host);
    const merged = new BotTable(
      [...firstTable.columns],
      firstTable.rows.map((row) => [...row]),
    );
    const target = secondTable.columns.map((column) => {
      const at = merged.columns.findIndex((known) => known.name.toLowerCase() === column.name.toLowerCase());
      return at >= 0 ? at : merged.columns.push(column) - 1;
    });
    const width = merged.columns.length;
    for (const row of merged.rows) while (row.length < width) row.push('');
    for (const row of secondTable.rows) {
      const placed = Array.from({ length: width }, () => '' as BotTable['rows'][number][number]);
      row.forEach((cell, index) => {
        const at = target[index];
        if (at !== undefined) placed[at] = cell;
      });
      merged.rows.push(placed);
    }
    return merged;
  },
});
