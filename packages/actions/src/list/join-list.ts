import { action, attribute } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

export const joinList = action({
  package: 'List',
  name: 'joinList',
  summary: 'Writes the items of a list in one text, a delimiter between them.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceList: attribute.list({ required: true }), delimiter: attribute.text() },
  returns: 'STRING',
  run: (input) => input.sourceList.map(asText).join(input.delimiter),
});
