import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { error } from '../kernel/errors.ts';

/**
 * What real clients get away with (contract a §1.3, §14; b §0.6): no Content-Type, an empty body, text behind the closing
 * brace, keys in another letter case, null for absent, numbers as texts and texts as numbers, "True". A payload that the
 * schema leaves open is passed on untouched.
 */
export function readJson(bytes: Buffer | undefined): unknown {
  const text = (bytes ?? Buffer.alloc(0))
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const end = endOfFirstValue(text);
    if (end !== undefined) {
      try {
        return JSON.parse(text.slice(0, end));
      } catch {}
    }
    throw error('bodyNotReadable', 'The body is not JSON.', {
      details: String((cause as Error).message).slice(0, 200),
    });
  }
}

/** Where the first object or array of the text is closed. */
function endOfFirstValue(text: string): number | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === '\\') i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === '{' || c === '[') depth++;
    else if ((c === '}' || c === ']') && --depth === 0) return i + 1;
  }
  return undefined;
}

/** Reads a value by its schema, or refuses it with the place, what was expected and what came. */
export type Reader = (value: unknown, where: string) => unknown;

export function createReader(schema: TSchema): Reader {
  const compiled = Compile(bounded(schema) as TSchema);
  return (value, where) => {
    const folded = fold(schema as Shape, value);
    requireStorable(folded, where);
    if (compiled.Check(folded)) return folded;
    const faults = [...compiled.Errors(folded)].slice(0, 3).map((fault) => {
      const place = `${where}${fault.instancePath.replaceAll('/', '.')}`;
      return `${place} ${fault.message}`;
    });
    const first = compiled.Errors(folded)[0];
    const came = show(pick(folded, first?.instancePath ?? ''), first?.instancePath ?? '');
    throw error('invalid', `The request does not fit: ${faults.join('; ')}.`, { details: `came: ${came}` });
  };
}

/**
 * The schema with a bound on every integer that has none: beyond 2^53 a number is no longer the one that was sent, and no column
 * takes it.
 */
function bounded(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(bounded);
  const inner = Object.fromEntries(Object.entries(schema).map(([key, one]) => [key, bounded(one)]));
  if (inner.type !== 'integer') return inner;
  return { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, ...inner };
}

interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: unknown;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

function fold(shape: Shape, value: unknown): unknown {
  if (shape.anyOf) return foldUnion(shape.anyOf, value);
  switch (shape.type) {
    case 'object':
      return shape.properties ? foldObject(shape, value) : value;
    case 'array': {
      const { items } = shape;
      return Array.isArray(value) && items ? value.map((item) => fold(items, item)) : value;
    }
    case 'integer':
    case 'number':
      return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
    case 'boolean':
      return typeof value === 'string' && /^(true|false)$/i.test(value.trim())
        ? value.trim().toLowerCase() === 'true'
        : value;
    case 'string':
      return foldString(shape, value);
    default:
      // An enumeration names its words and no type.
      return shape.enum ? foldString(shape, value) : value;
  }
}

function foldString(shape: Shape, value: unknown): unknown {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  const words = shape.const === undefined ? shape.enum : [shape.const];
  if (typeof text !== 'string' || !words) return text;
  return words.find((word) => String(word).toLowerCase() === text.trim().toLowerCase()) ?? text;
}

function foldUnion(shapes: readonly Shape[], value: unknown): unknown {
  if (value === null && shapes.some((shape) => shape.type === 'null')) return null;
  const kind = Array.isArray(value) ? 'array' : typeof value;
  const fitting = shapes.find(
    (shape) => (shape.type === 'integer' ? 'number' : shape.type) === kind && shape.const === undefined && !shape.enum,
  );
  if (fitting) return fold(fitting, value);
  for (const shape of shapes) {
    const folded = fold(shape, value);
    if (shape.const !== undefined ? folded === shape.const : shape.enum?.includes(folded)) return folded;
    if (folded !== value) return folded;
  }
  return value;
}

function foldObject(shape: Shape, value: unknown): unknown {
  // An empty body, or "" where an object belongs, says nothing: as if {} had been sent.
  const source = value === undefined || value === null || value === '' ? {} : value;
  if (typeof source !== 'object' || Array.isArray(source)) return source;
  const properties = shape.properties ?? {};
  const byLowerCase = new Map(Object.keys(properties).map((key) => [key.toLowerCase(), key]));
  const result: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(source)) {
    const known = Object.hasOwn(properties, key) ? key : byLowerCase.get(key.toLowerCase());
    const property = known === undefined ? undefined : properties[known];
    if (known === undefined || property === undefined) {
      // Left open by the schema: the payload is the caller's.
      if (shape.additionalProperties === true && key !== '__proto__') result[key] = given;
      continue;
    }
    // An exact key wins over one that differs in letter case.
    if (known !== key && Object.hasOwn(source, known)) continue;
    const takesNull = property.type === undefined || property.anyOf?.some((one) => one.type === 'null');
    if ((given === null && !takesNull) || given === undefined) continue;
    result[known] = fold(property, given);
  }
  return result;
}

/** Deeper is a mistake or an attack: it would overrun the stack of whoever walks it. */
const DEEPEST = 200;

/** PostgreSQL keeps every character but NUL. */
function requireStorable(value: unknown, where: string, depth = 0): void {
  if (depth > DEEPEST) throw error('invalid', `The ${where} is nested deeper than ${DEEPEST} levels.`);
  if (typeof value === 'string' && value.includes('\0')) {
    throw error('invalid', `A text in the ${where} holds the character NUL, which cannot be kept.`);
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const one of value) requireStorable(one, where, depth + 1);
  else
    for (const [key, one] of Object.entries(value)) {
      requireStorable(key, where, depth + 1);
      requireStorable(one, where, depth + 1);
    }
}

function pick(value: unknown, pointer: string): unknown {
  let at: unknown = value;
  for (const part of pointer.split('/').slice(1)) {
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined;
  }
  return at;
}

/** What came, for the person who mends it: never a secret, never a whole body. */
function show(value: unknown, pointer: string): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `an object with ${Object.keys(value).slice(0, 12).join(', ') || 'nothing in it'}`;
  if (/password|secret|token|key|credential/i.test(pointer)) return `a ${typeof value} that is not shown`;
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
