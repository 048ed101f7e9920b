import { minus, packageFunction, plus } from '@signalbox/taskbot';
import { requireNumber } from '../support/number-text.ts';
import { asText } from '../support/text.ts';

const common = { package: 'LegacyAutomation', runsOn: 'anywhere', since: '0.1.0', returns: 'NUMBER' } as const;

/* An empty variable counts as nought, as it did in Enterprise 11 [inferred]. */

export const getIncrementedNumber = packageFunction({
  ...common,
  name: 'getIncrementedNumber',
  summary: 'The number and one more.',
  apply: (subject) => plus(numberOf(asText(subject)), 1),
});

export const getDecrementedNumber = packageFunction({
  ...common,
  name: 'getDecrementedNumber',
  summary: 'The number less one.',
  apply: (subject) => minus(numberOf(asText(subject)), 1),
});

const numberOf = (text: string): number => (text.trim() === '' ? 0 : requireNumber(text));
