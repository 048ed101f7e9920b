import { action, attribute, copyOf } from '@signalbox/taskbot';

export const assign = action({
  package: 'Dictionary',
  name: 'assign',
  summary: 'Copies a dictionary to a variable.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceDictionary: attribute.dictionary({ required: true, alias: ['sourceMap', 'source'] }) },
  returns: 'DICTIONARY',
  run: (input) => copyOf(input.sourceDictionary),
});
