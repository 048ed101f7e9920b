import { action, attribute } from '@signalbox/taskbot';

export const size = action({
  package: 'Dictionary',
  name: 'size',
  summary: 'Counts the keys of a dictionary.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceMap: attribute.dictionary({ required: true }) },
  returns: 'NUMBER',
  run: (input) => input.sourceMap.size,
});
