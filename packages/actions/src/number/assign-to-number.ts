import { action, attribute } from '@signalbox/taskbot';

export const assignToNumber = action({
  package: 'Number',
  name: 'assignToNumber',
  summary: 'Gives a number to a variable.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { input: attribute.number({ fallback: 0, alias: ['source'] }) },
  returns: 'NUMBER',
  run: (input) => input.input,
});
