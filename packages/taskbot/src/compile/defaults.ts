import { convertTo, emptyOf } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import type { BotVariable } from '../document/model.ts';
import type { Frame } from '../run/frame.ts';
import { BotRecord, type BotValue } from '../value.ts';
import type { Context } from './context.ts';
import { secretsIn } from './secrets.ts';
import { computed, constant, getterOf, mapSource, type Source } from './source.ts';
import type { Unit } from './unit.ts';
import { compileValue } from './values.ts';

/** Compiles the variables' defaults. What never changes is put in by one copy; structures are made anew for each frame. */
export function compileDefaults(context: Context): Pick<Unit, 'initialise' | 'credentials'> {
  context.line = 0;
  const template: BotValue[] = [];
  const made: ((frame: Frame) => void)[] = [];
  const credentials: Unit['credentials'][number][] = [];
  for (const slot of context.scope.slots) {
    const { variable } = slot;
    const references = secretsIn(variable.defaultValue);
    const source = compileDefault(context, variable);
    if (references.length > 0) {
      credentials.push({ slot, references, get: getterOf(source) });
      template.push(null);
      continue;
    }
    template.push(source.kind === 'constant' ? source.value : null);
    if (source.kind === 'computed') {
      const set = slot.set;
      made.push((frame) => set(frame, source.get(frame)));
    }
  }
  const initialise = (frame: Frame) => {
    for (let at = 0; at < template.length; at++) frame.slots[at] = template[at] ?? null;
    for (const make of made) make(frame);
  };
  return { initialise, credentials };
}

function compileDefault(context: Context, variable: BotVariable): Source {
  const { type, defaultValue, schema } = variable;
  if (type === 'RECORD' && schema.length > 0 && (defaultValue === undefined || defaultValue.kind === 'empty')) {
    return computed(
      () =>
        new BotRecord(
          schema,
          schema.map((column) => emptyOf(column.type)),
        ),
    );
  }
  if (defaultValue === undefined || defaultValue.kind === 'empty') {
    const empty = emptyOf(type);
    return typeof empty === 'object' && empty !== null ? computed(() => emptyOf(type)) : constant(empty);
  }
  // A session that no action has opened yet is nothing, whatever name the document gives it.
  if (defaultValue.kind === 'session') return constant(null);
  const source = compileValue(context, defaultValue, variable.sessionType ?? '');
  if (source.kind === 'computed') return source;
  try {
    return mapSource(source, (value) => (value === null ? emptyOf(type) : convertTo(type, value)));
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    context.report('bad-value', `The default of "${variable.name}": ${error.message}`);
    return constant(null);
  }
}
