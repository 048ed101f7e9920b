import { action, attribute } from '@signalbox/taskbot';

export const clear = action({
  package: 'List',
  name: 'clear',
  summary: 'Takes all items out of a list.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceList: attribute.list({ required: true }) },
  returns: 'LIST',
  run: (input) => {
    input.sourceList.length = 0;
    return input.sourceList;
  },
});
