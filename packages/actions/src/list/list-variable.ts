import { attribute, condition } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

/** Whether a list holds a value. Only a descriptor of it is known; names and reading are [inferred]. */
export const listVariable = condition({
  package: 'List',
  name: 'listVariable',
  summary: 'Says whether a list has an item.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    variable: attribute.list({ required: true, alias: ['list', 'sourceList'] }),
    subtype: attribute.choice(['String', 'Number', 'Boolean']),
    operator: attribute.choice(['INCLUDE', 'NOTINCLUDE']),
    value: attribute.any({ alias: ['stringValue', 'numberValue', 'booleanValue'] }),
    matchCase: attribute.flag(),
  },
  test: (input) => {
    const same = sameAs(asText(input.value), input.subtype, input.matchCase);
    return input.variable.some((item) => same(asText(item))) === (input.operator === 'INCLUDE');
  },
});

const sameAs = (wanted: string, subtype: 'String' | 'Number' | 'Boolean', matchCase: boolean) => {
  if (subtype === 'Number') {
    const number = Number(wanted);
    return (item: string) => item.trim() !== '' && Number(item) === number;
  }
  if (matchCase && subtype === 'String') return (item: string) => item === wanted;
  const folded = wanted.toLowerCase();
  return (item: string) => item.toLowerCase() === folded;
};
