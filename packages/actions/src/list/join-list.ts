import { action, attribute, requireTextLength } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

export const joinList = action({
  package: 'List',
  name: 'joinList',
  summary: 'Writes the items of a list in one text, a delimiter between them.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceList: attribute.list({ required: true }), delimiter: attribute.text() },
  returns: 'STRING',
  run: (input, host) => {
    const texts = input.sourceList.map(asText);
    const between = input.delimiter.length * Math.max(0, texts.length - 1);
    requireTextLength(
      texts.reduce((sum, text) => sum + text.length, between),
      host,
    );
    return texts.join(input.delimiter);
  },
});
