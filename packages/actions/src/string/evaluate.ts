import { action, attribute, BotRecord, type BotValue } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

const REFERENCE = /\$\$|\$([\w-]+)(?:\{"?([^}"]*)"?\}|\[(\d+)\])?\$/g;

/**
 * Puts the values of variables where a text that came from outside (a file, a template) names them: `$name$`,
 * `$dictionary{key}$`, `$list[0]$`; `$$` is a dollar. Only the variables chosen in `sourceMap` are seen; a name that is
 * none of them stays as it is. Values are put in as they are and not looked through again.
 */
export const evaluate = action({
  package: 'String',
  name: 'evaluate',
  summary: 'Fills the variables into a text that names them.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { sourceString: attribute.text(), sourceMap: attribute.variables() },
  returns: 'STRING',
  run: (input) => {
    const byName = new Map(Array.from(input.sourceMap, ([name, value]) => [name.toLowerCase(), value]));
    return input.sourceString.replaceAll(REFERENCE, (whole: string, name?: string, key?: string, index?: string) => {
      if (name === undefined) return '$';
      const value = byName.get(name.toLowerCase());
      const member = value === undefined ? undefined : memberOf(value, key, index);
      return member === undefined ? whole : asText(member);
    });
  },
});

const memberOf = (value: BotValue, key: string | undefined, index: string | undefined): BotValue | undefined => {
  if (key !== undefined) {
    if (value instanceof Map) return value.get(key);
    if (!(value instanceof BotRecord)) return undefined;
    const at = value.columns.findIndex((column) => column.name.toLowerCase() === key.toLowerCase());
    return value.values[at];
  }
  if (index === undefined) return value;
  if (Array.isArray(value)) return value[Number(index)];
  return value instanceof BotRecord ? value.values[Number(index)] : undefined;
};
