import { action, attribute, BotError } from '@signalbox/taskbot';
import { kindOf } from '../support/text.ts';

/** `source` says where the value comes from: the word in `userDefined`, or another variable. */
export const assign = action({
  package: 'Boolean',
  name: 'assign',
  summary: 'Gives true or false to a variable.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    source: attribute.choice(['constant', 'variable']),
    userDefined: attribute.flag(),
    variable: attribute.any({ alias: ['sourceVariable', 'booleanVariable'] }),
  },
  returns: 'BOOLEAN',
  run: (input) => {
    if (input.source === 'constant') return input.userDefined;
    if (typeof input.variable === 'boolean') return input.variable;
    throw new BotError(`Expected a Boolean variable to copy, but got ${kindOf(input.variable)}. Choose the variable.`);
  },
});
