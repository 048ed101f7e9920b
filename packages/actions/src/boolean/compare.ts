import { action, attribute } from '@signalbox/taskbot';

const attributes = {
  source: attribute.flag(),
  checkSource: attribute.flag({ alias: ['compareWith', 'other'] }),
};
const common = { package: 'Boolean', runsOn: 'anywhere', since: '0.1.0' } as const;

export const equalTo = action({
  ...common,
  name: 'equalTo',
  summary: 'Says whether two Booleans are the same.',
  attributes,
  returns: 'BOOLEAN',
  run: (input) => input.source === input.checkSource,
});

/** As Java's Boolean.compare: 0 when the same, 1 when only the first is true, -1 when only the second is. */
export const compareTo = action({
  ...common,
  name: 'compareTo',
  summary: 'Orders two Booleans: 0, 1 or -1.',
  attributes,
  returns: 'NUMBER',
  run: (input) => Number(input.source) - Number(input.checkSource),
});
