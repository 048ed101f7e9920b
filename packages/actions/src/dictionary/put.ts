import { action, attribute, copyOf } from '@signalbox/taskbot';

/** The dictionary variable itself changes and is also the result; the value is a copy. */
export const put = action({
  package: 'Dictionary',
  name: 'put',
  summary: 'Sets the value at a key.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceMap: attribute.dictionary({ required: true }),
    key: attribute.text(),
    varOrManual: attribute.choice(['Variable', 'Manual'], {
      note: 'Says how the value was entered; both are read alike.',
    }),
    newValue: attribute.any({ alias: ['value', 'manualValue', 'newStringValue'] }),
  },
  returns: 'DICTIONARY',
  run: (input) => input.sourceMap.set(input.key, copyOf(input.newValue)),
});
