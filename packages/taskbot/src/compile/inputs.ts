import { convertTo, emptyOf, isOfType, toText } from '../conversion.ts';
import {
  type Attribute,
  type Attributes,
  BotError,
  type CredentialReference,
  type Refusal,
  type RunsOn,
} from '../declaration.ts';
import type { BotAttribute, TypedValue } from '../document/model.ts';
import { parseExpression } from '../expression/parse.ts';
import { ExpressionError } from '../expression/syntax.ts';
import type { Getter } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import { checkSize } from '../size-limits.ts';
import type { BotValue, ValueType } from '../value.ts';
import type { Context } from './context.ts';
import { compileExpression, singleReference } from './expressions.ts';
import { secretsIn } from './secrets.ts';
import { compileSessionInput } from './session-input.ts';
import { getterOf, mapSource, type Source } from './source.ts';
import { fits, knownType, typeWords } from './static-type.ts';
import { compileValue, opaqueOf } from './values.ts';

/** What `run`, `test` or `iterate` of a declaration receives. */
export type InputObject = Record<string, unknown>;

export interface CompiledInput {
  readonly build: (frame: Frame) => InputObject;
  /** What must be fetched before `build` is called (`fetchSecrets`). */
  readonly secrets: readonly CredentialReference[];
}

interface Member {
  readonly package: string;
  readonly name: string;
  readonly runsOn: RunsOn;
  readonly attributes: Attributes;
  /** Each declaration's own, of the object that its own attributes describe. */
  readonly check?: (fixed: never) => Refusal | undefined;
}

/** Types whose values exist on a Windows desktop only. */
const DESKTOP_TYPES: ReadonlySet<ValueType> = new Set(['WINDOW', 'UIOBJECT', 'REGION', 'IMAGE', 'COORDINATE']);

/**
 * The declared attributes with what the document gives for them. Attributes nobody declared are left alone: documents
 * carry help texts and the options of other choices.
 */
export function compileInput(context: Context, member: Member, given: readonly BotAttribute[]): CompiledInput {
  const names: string[] = [];
  const getters: Getter<unknown>[] = [];
  const fixed: InputObject = {};
  const secrets: CredentialReference[] = [];
  const opaque: InputObject = {};
  for (const [name, declared] of Object.entries(member.attributes)) {
    const attribute = find(given, [name, ...(declared.alias ?? [])]);
    const value = attribute?.value;
    // One of another type is a problem of its own, told below; a check gets what its attributes say.
    const isOpaque = value?.kind === 'opaque' && (declared.type === value.type || declared.type === 'ANY');
    if (isOpaque) opaque[name] = opaqueOf(value);
    const source = compileAttribute(context, member, name, declared, attribute?.value);
    secrets.push(...secretsIn(attribute?.value));
    if (source.kind === 'constant') fixed[name] = source.value;
    else {
      names.push(name);
      getters.push(source.get);
    }
  }
  // The catalogue erased the exact type of what the declaration's check takes.
  const refusal = member.check?.({ ...fixed, ...opaque } as never);
  if (refusal !== undefined) {
    context.report(refusal.code, refusal.message, { packageName: member.package, command: member.name });
  }
  return { build: builder(fixed, names, getters), secrets };
}

/** The first attribute of one of the names that holds something; documents carry blank ones beside it. */
export function find(attributes: readonly BotAttribute[], names: readonly string[]): BotAttribute | undefined {
  let blank: BotAttribute | undefined;
  for (const name of names) {
    const lower = name.toLowerCase();
    for (const attribute of attributes) {
      if (attribute.name.toLowerCase() !== lower) continue;
      if (attribute.value.kind !== 'empty' || attribute.group !== undefined) return attribute;
      blank ??= attribute;
    }
  }
  return blank;
}

/** All fixed: one object for all runs, frozen, since an action that wrote to it would reach the next turn. */
function builder(fixed: InputObject, names: readonly string[], getters: readonly Getter<unknown>[]) {
  if (names.length === 0) {
    Object.freeze(fixed);
    return () => fixed;
  }
  const count = names.length;
  return (frame: Frame) => {
    const input: InputObject = { ...fixed };
    for (let at = 0; at < count; at++) {
      input[names[at] as string] = (getters[at] as Getter<unknown>)(frame); // both have `count` elements
    }
    return input;
  };
}

function compileAttribute(
  context: Context,
  member: Member,
  name: string,
  declared: Attribute<unknown>,
  value: TypedValue | undefined,
): Source<unknown> {
  const label = `${member.package}.${member.name}: ${name}`;
  const missing = missingValue(declared);
  if (value === undefined || value.kind === 'empty') {
    if (declared.required === true) {
      context.report('missing-attribute', `${label} is not given. Fill it in, or disable the line`, {
        packageName: member.package,
        command: member.name,
      });
    }
    return missing;
  }
  if (DESKTOP_TYPES.has(value.type) && declared.type !== value.type && declared.type !== 'ANY') {
    const remedy = 'Choose another option of the command, or disable the line';
    context.report('needs-desktop', `${label} needs a Windows desktop (${value.type}). ${remedy}`, {
      packageName: member.package,
      command: member.name,
    });
    return missing;
  }
  if (!checkType(context, member, label, declared, value)) return missing;
  if (value.kind === 'credential') return compileValue(context, value, member.package);
  const otherwise = getterOf(missing);
  const source =
    compileSessionInput(context, value, declared.type, member.package) ??
    compileAs(context, value, declared.type, member.package);
  const convert = converter(declared, label);
  try {
    if (source.kind === 'constant') {
      if (isNothing(source.value, declared.type) && declared.required !== true) return missing;
      return mapSource(source, convert);
    }
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    context.report('bad-value', error.message, { packageName: member.package, command: member.name });
    return missing;
  }
  const { get } = source;
  // The usual numeric slot: nothing to convert, nothing that could be missing.
  if (declared.type === 'NUMBER' && declared.convert === undefined && value.type === 'NUMBER') {
    return { kind: 'computed', get: (frame) => checkedNumber(get(frame), convert) };
  }
  return {
    kind: 'computed',
    get: (frame) => {
      const raw = get(frame);
      // So a list that actions add to, turn by turn, stops growing: the next one to take it refuses it.
      if (typeof raw === 'object') checkSize(raw, frame.run.sizes);
      return isNothing(raw, declared.type) && declared.required !== true ? otherwise(frame) : convert(raw);
    },
  };
}

/** Reports a value of which it is sure, or likely, that it cannot become what the attribute wants; false when sure. */
function checkType(
  context: Context,
  member: Member,
  label: string,
  declared: Attribute<unknown>,
  value: TypedValue,
): boolean {
  const known = knownType(context, value);
  const fit = known === undefined ? 'yes' : fits(known, declared.type);
  if (known === undefined || fit === 'yes') return true;
  const message = `${label} needs ${typeWords(declared.type)}, but ${
    known.what.startsWith('a ') ? `this is ${known.what}` : `${known.what} is ${typeWords(known.type)}`
  }. Give it a value of type ${declared.type}`;
  const named = { packageName: member.package, command: member.name };
  context.report(fit === 'no' ? 'type-mismatch' : 'suspicious-type', message, named);
  return fit !== 'no';
}

function checkedNumber(value: BotValue, convert: (value: BotValue) => unknown): unknown {
  return typeof value === 'number' ? value : convert(value);
}

/**
 * The document's type says how an expression is read, with one exception: a lone reference in a slot that wants a
 * structure is that structure, whatever type the editor of the day wrote beside it.
 */
function compileAs(context: Context, value: TypedValue, wanted: ValueType, packageName: string): Source {
  if (value.kind === 'expression' && value.type !== wanted && wanted !== 'ANY' && wanted !== 'STRING') {
    try {
      if (singleReference(parseExpression(value.expression)) !== undefined) {
        return compileExpression(context, value.expression, 'ANY');
      }
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error; // reported just below
    }
  }
  return compileValue(context, value, packageName);
}

function converter(declared: Attribute<unknown>, label: string): (value: BotValue) => unknown {
  const { type, options, convert, required } = declared;
  return (raw) => {
    if (required === true && (raw === '' || raw === null)) throw new BotError(`${label} is empty`);
    let value = raw;
    if (!isOfType(type, raw)) {
      try {
        // A FILE value lost its scheme when it was compiled; other text may still carry one.
        value = convertTo(type, raw);
      } catch (error) {
        throw error instanceof BotError ? new BotError(`${label}. ${error.message}`) : error;
      }
    }
    if (options !== undefined) value = chosen(options, toText(value), label);
    return convert === undefined ? value : convert(value);
  };
}

function chosen(options: readonly string[], word: string, label: string): string {
  const lower = word.trim().toLowerCase();
  const option = options.find((one) => one.toLowerCase() === lower);
  if (option === undefined) throw new BotError(`${label} is "${word}", expected ${options.join(', ')}`);
  return option;
}

/** Whether what came counts as not given. For text the empty text is a value like any other. */
function isNothing(value: BotValue, type: ValueType): boolean {
  if (value === null) return true;
  return value === '' && type !== 'STRING' && type !== 'ANY' && type !== 'FILE' && type !== 'CREDENTIAL';
}

/** What an optional attribute is when the document has none: its fallback, or an empty structure made anew. */
function missingValue(declared: Attribute<unknown>): Source<unknown> {
  if (declared.fallback !== undefined) return { kind: 'constant', value: declared.fallback };
  switch (declared.type) {
    case 'LIST':
    case 'DICTIONARY':
    case 'RECORD':
    case 'TABLE':
      return { kind: 'computed', get: () => emptyOf(declared.type) };
    case 'CREDENTIAL':
      return { kind: 'constant', value: '' };
    default:
      return { kind: 'constant', value: undefined };
  }
}
