import { attribute, iterator } from '@signalbox/taskbot';

/** The keys as they are when the loop starts, so that the loop may add and remove keys. */
export const keysIterator = iterator({
  package: 'Dictionary',
  name: 'dictionary.iterators.keys',
  summary: 'Each key of a dictionary, in the order they were put in.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceMap: attribute.dictionary({ required: true }) },
  yields: 'STRING',
  iterate: (input) => [...input.sourceMap.keys()],
});
