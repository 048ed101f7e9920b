import { action, attribute } from '@signalbox/taskbot';
import { textHolds } from '../support/operator.ts';

export const compare = action({
  package: 'String',
  name: 'compare',
  summary: 'Says whether two texts are the same.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceString: attribute.text(),
    stringToCompare: attribute.text({ alias: ['compareString', 'compareTo'] }),
    matchCase: attribute.flag({ alias: ['isCaseSensitive'] }),
  },
  returns: 'BOOLEAN',
  run: (input) => textHolds('EQ', input.sourceString, input.stringToCompare, input.matchCase),
});
