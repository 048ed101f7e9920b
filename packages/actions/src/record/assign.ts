import { action, attribute, copyOf } from '@signalbox/taskbot';

export const assign = action({
  package: 'Record',
  name: 'assign',
  summary: 'Copies a record to a variable.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceRecord: attribute.record({ required: true, alias: ['source'] }) },
  returns: 'RECORD',
  run: (input) => copyOf(input.sourceRecord),
});
