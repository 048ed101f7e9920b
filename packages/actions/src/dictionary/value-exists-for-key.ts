import { attribute, type BotValue, condition } from '@signalbox/taskbot';
import { numberFromText } from '../support/number-text.ts';
import { holds, ORDER_OPERATORS, TEXT_OPERATORS, textHolds } from '../support/operator.ts';
import { asText } from '../support/text.ts';

/** False when the key is not there, whatever the operator. The names beside the STRING ones are [inferred]. */
export const valueExistsForKey = condition({
  package: 'Dictionary',
  name: 'valueExistsForKey',
  summary: 'Compares the value that a dictionary holds at a key.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    dictionary: attribute.dictionary({ required: true, alias: ['sourceMap'] }),
    key: attribute.text(),
    valueType: attribute.choice(['STRING', 'NUMBER', 'BOOLEAN']),
    stringOperator: attribute.choice(TEXT_OPERATORS),
    stringTargetValue: attribute.text(),
    matchCase: attribute.flag(),
    numberOperator: attribute.choice(ORDER_OPERATORS),
    numberTargetValue: attribute.number({ fallback: 0 }),
    booleanTargetValue: attribute.flag(),
  },
  test: (input) => {
    const value: BotValue | undefined = input.dictionary.get(input.key);
    if (value === undefined) return false;
    const text = asText(value);
    switch (input.valueType) {
      case 'STRING':
        return textHolds(input.stringOperator, text, input.stringTargetValue, input.matchCase);
      case 'NUMBER':
        return holds(input.numberOperator, numberFromText(text) ?? Number.NaN, input.numberTargetValue);
      case 'BOOLEAN':
        return text.toLowerCase() === String(input.booleanTargetValue);
    }
  },
});
