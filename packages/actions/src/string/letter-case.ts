import { action, attribute, packageFunction } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

const attributes = { sourceString: attribute.text() };
const common = { package: 'String', runsOn: 'anywhere', since: '0.1.0' } as const;

/* Each is an action and an inline function, `$name.String:uppercase$`. */

export const uppercase = action({
  ...common,
  name: 'uppercase',
  summary: 'Writes a text in capitals.',
  attributes,
  returns: 'STRING',
  run: (input) => input.sourceString.toUpperCase(),
});
export const uppercaseOf = packageFunction({
  ...common,
  name: 'uppercase',
  summary: 'The text in capitals.',
  returns: 'STRING',
  apply: (subject) => asText(subject).toUpperCase(),
});

export const lowercase = action({
  ...common,
  name: 'lowercase',
  summary: 'Writes a text in small letters.',
  attributes,
  returns: 'STRING',
  run: (input) => input.sourceString.toLowerCase(),
});
export const lowercaseOf = packageFunction({
  ...common,
  name: 'lowercase',
  summary: 'The text in small letters.',
  returns: 'STRING',
  apply: (subject) => asText(subject).toLowerCase(),
});
