import { attribute, condition } from '@signalbox/taskbot';
import { TEXT_OPERATORS, textHolds } from '../support/operator.ts';

/** The most used condition of all. */
export const stringVariable = condition({
  package: 'String',
  name: 'stringVariable',
  summary: 'Compares two texts.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    variable: attribute.text({ alias: ['sourceString'] }),
    operator: attribute.choice(TEXT_OPERATORS),
    value: attribute.text(),
    matchCase: attribute.flag(),
    isIgnoreCarriage: attribute.flag({ note: 'Line ends in either text do not count.' }),
  },
  test: (input) =>
    input.isIgnoreCarriage
      ? textHolds(input.operator, withoutLineEnds(input.variable), withoutLineEnds(input.value), input.matchCase)
      : textHolds(input.operator, input.variable, input.value, input.matchCase),
});

const withoutLineEnds = (text: string): string => text.replaceAll(/[\r\n]/g, '');
