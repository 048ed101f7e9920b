import { action, attribute } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

/** Of rows that read the same in every column the first stays. */
export const removeDuplicateRows = action({
  package: 'DataTable',
  name: 'removeDuplicateRows',
  summary: 'Takes repeated rows out of a table.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { table: attribute.table({ required: true, alias: ['sourceTable'] }) },
  returns: 'TABLE',
  run: ({ table }) => {
    const seen = new Set<string>();
    const kept = table.rows.filter((row) => {
      const key = JSON.stringify(row.map(asText));
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    // Assigned piece by piece: spreading a long table into splice() would overflow the stack.
    table.rows.length = 0;
    for (const row of kept) table.rows.push(row);
    return table;
  },
});
