import { action, attribute, packageFunction } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

const attributes = { source: attribute.flag({ alias: ['input'] }) };
const common = { package: 'Boolean', runsOn: 'anywhere', since: '0.1.0' } as const;

export const invert = action({
  ...common,
  name: 'invert',
  summary: 'Turns true into false and false into true.',
  attributes,
  returns: 'BOOLEAN',
  run: (input) => !input.source,
});

export const booleanToNumber = action({
  ...common,
  name: 'toNumber',
  summary: 'Writes true as 1 and false as 0.',
  attributes,
  returns: 'NUMBER',
  run: (input) => Number(input.source),
});

export const booleanToString = action({
  ...common,
  name: 'toString',
  summary: 'Writes "true" or "false".',
  attributes,
  returns: 'STRING',
  run: (input) => (input.source ? 'true' : 'false'),
});

export const booleanToStringOf = packageFunction({
  ...common,
  name: 'toString',
  summary: 'The Boolean as "true" or "false".',
  returns: 'STRING',
  apply: (subject) => asText(subject),
});
