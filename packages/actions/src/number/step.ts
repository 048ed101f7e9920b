import { action, attribute, minus, packageFunction, plus } from '@signalbox/taskbot';
import { requireNumber } from '../support/number-text.ts';
import { asText } from '../support/text.ts';

const attributes = { source: attribute.number({ fallback: 0 }), by: attribute.number({ fallback: 1 }) };
const common = { package: 'Number', runsOn: 'anywhere', since: '0.1.0' } as const;

/* Each is an action and an inline function, `$n.Number:increment$`, whose step is its argument or 1. */

export const increment = action({
  ...common,
  name: 'increment',
  summary: 'Adds to a number.',
  attributes,
  returns: 'NUMBER',
  run: (input) => plus(input.source, input.by),
});
export const incrementOf = packageFunction({
  ...common,
  name: 'increment',
  summary: 'The number and one more, or as much more as the argument says.',
  returns: 'NUMBER',
  apply: (subject, argument) => plus(requireNumber(asText(subject)), step(argument)),
});

export const decrement = action({
  ...common,
  name: 'decrement',
  summary: 'Takes from a number.',
  attributes,
  returns: 'NUMBER',
  run: (input) => minus(input.source, input.by),
});
export const decrementOf = packageFunction({
  ...common,
  name: 'decrement',
  summary: 'The number less one, or less as much as the argument says.',
  returns: 'NUMBER',
  apply: (subject, argument) => minus(requireNumber(asText(subject)), step(argument)),
});

const step = (argument: Parameters<typeof asText>[0]): number => {
  const text = asText(argument);
  return text === '' ? 1 : requireNumber(text);
};
