import { action, attribute } from '@signalbox/taskbot';

/** A key that is not there is as good as removed. */
export const remove = action({
  package: 'Dictionary',
  name: 'remove',
  summary: 'Takes a key and its value out of a dictionary.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceMap: attribute.dictionary({ required: true }), key: attribute.text() },
  returns: 'DICTIONARY',
  run: (input) => {
    input.sourceMap.delete(input.key);
    return input.sourceMap;
  },
});
