import { action, attribute, copyOf } from '@signalbox/taskbot';

/** A copy: later changes of one list do not show in the other. */
export const assign = action({
  package: 'List',
  name: 'assign',
  summary: 'Copies a list to a variable.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceList: attribute.list({ required: true, alias: ['source', 'list'] }) },
  returns: 'LIST',
  run: (input) => copyOf(input.sourceList),
});
