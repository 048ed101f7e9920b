import { action, attribute, BotError, packageFunction } from '@signalbox/taskbot';
import { kindOf } from '../support/text.ts';

export const listSize = action({
  package: 'List',
  name: 'listSize',
  summary: 'Counts the items of a list.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceList: attribute.list({ required: true }) },
  returns: 'NUMBER',
  run: (input) => input.sourceList.length,
});

export const sizeOf = packageFunction({
  package: 'List',
  name: 'size',
  summary: 'How many items the list has.',
  runsOn: 'anywhere',
  since: '0.1.0',
  returns: 'NUMBER',
  apply: (subject) => {
    if (Array.isArray(subject)) return subject.length;
    throw new BotError(`Expected a list to count, but got ${kindOf(subject)}.`);
  },
});
