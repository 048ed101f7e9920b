import { error } from '../../kernel/errors.ts';
import { type Entry, TASKBOT_TYPES } from './entry.ts';

/** A variable that a bot takes in or gives out. */
export interface InterfaceVariable {
  readonly name: string;
  readonly input: boolean;
  readonly output: boolean;
  readonly type: string;
  readonly description: string;
  /** As it stands in the bot: `{type, string | number | boolean …}`. */
  readonly defaultValue: unknown;
}

/** Reads the input and output variables out of a bot's document (contract a §5.5). @throws invalid for what is no bot */
export function readBotInterface(entry: Entry, bytes: Buffer): InterfaceVariable[] {
  if (!TASKBOT_TYPES.includes(entry.contentType)) throw error('invalid', `${entry.path} is not a bot.`);
  const document: unknown = bytes.length === 0 ? {} : JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  const { variables } = document as { variables?: unknown };
  if (!Array.isArray(variables)) return [];
  return variables.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const variable = one as Readonly<Record<string, unknown>>;
    const input = variable.input === true;
    const output = variable.output === true;
    if (!input && !output) return [];
    const type = text(variable.type, 'ANY');
    return [
      {
        name: text(variable.name, ''),
        input,
        output,
        type,
        description: text(variable.description, ''),
        defaultValue: variable.defaultValue ?? { type },
      },
    ];
  });
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
