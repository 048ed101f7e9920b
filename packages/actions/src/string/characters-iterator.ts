import { attribute, iterator } from '@signalbox/taskbot';

/**
 * Character after character, as people count them: an accent that stands apart in the text goes with its letter.
 * No document that we saw has it; the name is our own, after those of the other packages (an extension).
 */
export const charactersIterator = iterator({
  package: 'String',
  name: 'string.iterators.characters',
  summary: 'Each character of a text. An extension of our own.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceString: attribute.text({ alias: ['string', 'text'] }) },
  yields: 'STRING',
  iterate: function* (input) {
    for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(input.sourceString)) {
      yield segment;
    }
  },
});
