import { action, attribute } from '@signalbox/taskbot';

export const clearContent = action({
  package: 'DataTable',
  name: 'clearContent',
  summary: 'Takes all rows out of a table; its columns stay.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { table: attribute.table({ required: true, alias: ['sourceTable'] }) },
  returns: 'TABLE',
  run: (input) => {
    input.table.rows.length = 0;
    return input.table;
  },
});
