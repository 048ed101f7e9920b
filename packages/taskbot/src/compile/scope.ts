import { convertTo, emptyOf, isOfType, toText } from '../conversion.ts';
import type { BotVariable } from '../document/model.ts';
import type { Frame } from '../run/frame.ts';
import { checkSize } from '../size-limits.ts';
import type { BotValue } from '../value.ts';

/** A variable's place in the frame. */
export interface Slot {
  readonly index: number;
  readonly variable: BotVariable;
  /** Puts a value into it. */
  readonly set: Setter;
}

/** The variables of a bot by name. Letter case does not count; of two with one name the first is meant. */
export class Scope {
  readonly slots: readonly Slot[];
  readonly #byName = new Map<string, Slot>();

  constructor(variables: readonly BotVariable[]) {
    this.slots = variables.map((variable, index) => ({ index, variable, set: setter(variable, index) }));
    for (const slot of this.slots) {
      const key = slot.variable.name.toLowerCase();
      if (!this.#byName.has(key)) this.#byName.set(key, slot);
    }
  }

  find(name: string): Slot | undefined {
    // As written, first: most names are, and a call asks for each of its inputs.
    return this.#byName.get(name) ?? this.#byName.get(name.trim().toLowerCase());
  }
}

/** Puts a value into a variable, converted to the variable's type; nothing (null) is the empty value of the type. */
export type Setter = (frame: Frame, value: BotValue) => void;

function setter({ type }: BotVariable, index: number): Setter {
  switch (type) {
    case 'ANY':
      return (frame, value) => {
        checkSize(value, frame.run.sizes);
        frame.slots[index] = value;
      };
    case 'NUMBER':
      return (frame, value) => {
        frame.slots[index] = typeof value === 'number' ? value : convertTo('NUMBER', value ?? 0);
      };
    case 'STRING':
      return (frame, value) => {
        const text = typeof value === 'string' ? value : toText(value);
        if (text.length > frame.run.sizes.textLength) checkSize(text, frame.run.sizes);
        frame.slots[index] = text;
      };
    default:
      return (frame, value) => {
        checkSize(value, frame.run.sizes);
        frame.slots[index] = isOfType(type, value) ? value : value === null ? emptyOf(type) : convertTo(type, value);
      };
  }
}
