import { DocumentError, type DocumentPath, showJson } from './document-error.ts';
import { JsonText } from './json-text.ts';
import type { Binding, BotAttribute, BotDocument, BotNode, BotVariable, ReturnTo } from './model.ts';
import { flagAt, type JsonObject, listAt, objectAt, optionalTextAt, textAt, typeAt } from './read-json.ts';
import { readColumns, readValue } from './read-value.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/** How large a document may be. */
export interface DocumentLimits {
  /** Of its text in UTF-8; 10,000,000 when not given. Screenshots of a recorder make the largest real ones. */
  readonly bytes?: number;
  /** Lines of the editor; 100,000 when not given. */
  readonly nodes?: number;
}

const MOST_BYTES = 10_000_000;
const MOST_NODES = 100_000;

/**
 * Reads the text of a bot: a repository file, an entry of an export, a `content.json` or the editor's clipboard.
 * Tolerant where real exports differ (contract bots §1.14): only `nodes` and `variables` must be lists when present.
 *
 * @throws DocumentError with offset or path, what was expected there and what came
 */
export function readBot(text: string, limits: DocumentLimits = {}): BotDocument {
  requireBytes(text, limits.bytes ?? MOST_BYTES);
  const start = startOf(text);
  const json = objectAt(parse(text, start), []);
  if (json.nodes === undefined && json.variables === undefined) {
    throw new DocumentError({ path: [] }, 'the keys "nodes" and "variables"', showJson(Object.keys(json)));
  }
  const lines = { last: 0, most: limits.nodes ?? MOST_NODES };
  return {
    source: text,
    variables: listAt(json, 'variables', []).map((variable, at) => readVariable(variable, ['variables', at])),
    nodes: readNodes(json, 'nodes', [], lines),
    packages: listAt(json, 'packages', []).map((item, at) => {
      const place = ['packages', at];
      const entry = objectAt(item, place);
      return { name: textAt(entry, 'name', place), version: textAt(entry, 'version', place) };
    }),
    workItemTemplateName: optionalTextAt(json, 'workItemTemplateName', []),
    lines: lines.last,
  };
}

/** A text of n units has n to 3n bytes: only between is it worth counting. */
function requireBytes(text: string, most: number): void {
  if (text.length * 3 <= most) return;
  const bytes = text.length > most ? text.length : Buffer.byteLength(text);
  if (bytes > most) throw new DocumentError({}, `a document of at most ${most} bytes`, `${bytes} or more`);
}

/** Where the JSON begins: behind a byte order mark, if there is one. */
export function startOf(text: string): number {
  return text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
}

function parse(text: string, start: number): unknown {
  try {
    return JSON.parse(start === 0 ? text : text.slice(start));
  } catch (error) {
    // JSON.parse tells the place in words that differ by engine; our own scanner gives an offset.
    new JsonText(text, start).check();
    throw new DocumentError({}, 'JSON', error instanceof Error ? error.message : 'something else');
  }
}

function readVariable(json: unknown, path: DocumentPath): BotVariable {
  const object = objectAt(json, path);
  const name = textAt(object, 'name', path);
  if (name === '') throw new DocumentError({ path: [...path, 'name'] }, 'a name', showJson(object.name));
  const type = typeAt(object, 'type', path);
  return {
    path,
    name,
    type: type === 'UNDEFINED' ? 'ANY' : type,
    subtype: typeAt(object, 'subtype', path),
    description: textAt(object, 'description', path),
    input: flagAt(object, 'input'),
    output: flagAt(object, 'output'),
    constant: flagAt(object, 'readOnly') || flagAt(object, 'constant'),
    workItem: flagAt(object, 'workItem'),
    sessionType: optionalTextAt(object, 'sessionType', path),
    schema: Array.isArray(object.schema) ? readColumns(object, path, 0) : [],
    defaultValue: object.defaultValue == null ? undefined : readValue(object.defaultValue, [...path, 'defaultValue']),
  };
}

interface Lines {
  last: number;
  readonly most: number;
}

/** Lines are given out in the order of reading: the node, then its children, then its branches, each with theirs. */
function readNodes(object: JsonObject, key: string, path: DocumentPath, lines: Lines): BotNode[] {
  return listAt(object, key, path).map((node, at) => readNode(node, [...path, key, at], lines));
}

function readNode(json: unknown, path: DocumentPath, lines: Lines): BotNode {
  const object = objectAt(json, path);
  lines.last += 1;
  if (lines.last > lines.most) throw new DocumentError({ path }, `at most ${lines.most} lines in a bot`, 'one more');
  return {
    line: lines.last,
    path,
    uid: textAt(object, 'uid', path),
    packageName: textAt(object, 'packageName', path),
    commandName: textAt(object, 'commandName', path),
    disabled: flagAt(object, 'disabled'),
    anchor: typeof object.anchor === 'string' && object.anchor !== '' ? object.anchor : undefined,
    attributes: readAttributes(object, path),
    returnTo: readReturnTo(object.returnTo, [...path, 'returnTo']),
    returns: readReturns(object.returns, [...path, 'returns']),
    children: readNodes(object, 'children', path, lines),
    branches: readNodes(object, 'branches', path, lines),
  };
}

/** Entries with an empty name are strays of the editor (some 5,300 in real conditions) and mean nothing. */
function readAttributes(object: JsonObject, path: DocumentPath): BotAttribute[] {
  return listAt(object, 'attributes', path)
    .map((attribute, at) => readAttribute(attribute, [...path, 'attributes', at]))
    .filter((attribute) => attribute.name !== '');
}

function readAttribute(json: unknown, path: DocumentPath): BotAttribute {
  const object = objectAt(json, path);
  return {
    path,
    name: textAt(object, 'name', path),
    value: readValue(object.value, [...path, 'value']),
    attributes: readAttributes(object, path),
    returnTo: readReturnTo(object.returnTo, [...path, 'returnTo']),
    group: readGroup(object.groupAttribute, [...path, 'groupAttribute']),
    next: readLink(object.operatorAttribute, [...path, 'operatorAttribute']),
  };
}

/**
 * A parenthesised condition: an attribute with its own chain, or a list of such, which then belong together by the
 * `operator` each carries, AND without one [inferred: the corpus has no group].
 */
function readGroup(json: unknown, path: DocumentPath): BotAttribute | undefined {
  if (json === undefined || json === null) return undefined;
  if (!Array.isArray(json)) return readAttribute(json, path);
  return json.reduceRight<BotAttribute | undefined>((after, item: unknown, at) => {
    const attribute = readAttribute(item, [...path, at]);
    return after === undefined ? attribute : append(attribute, operatorOf(json[at + 1]), after);
  }, undefined);
}

function operatorOf(json: unknown): 'AND' | 'OR' {
  const operator = typeof json === 'object' && json !== null && 'operator' in json ? json.operator : undefined;
  return typeof operator === 'string' && operator.toUpperCase() === 'OR' ? 'OR' : 'AND';
}

/** Behind the last link of the first one's chain. */
function append(attribute: BotAttribute, operator: 'AND' | 'OR', after: BotAttribute): BotAttribute {
  const { next } = attribute;
  const link =
    next === undefined
      ? { operator, attribute: after }
      : { ...next, attribute: append(next.attribute, operator, after) };
  return { ...attribute, next: link };
}

function readLink(json: unknown, path: DocumentPath): BotAttribute['next'] {
  if (json === undefined || json === null) return undefined;
  const object = objectAt(json, path);
  const operator = textAt(object, 'operator', path).toUpperCase();
  // A link without operator is the editor's empty slot, as the `operator: "NONE"` of 2019.
  if (operator === '' || operator === 'NONE') return undefined;
  if (operator !== 'AND' && operator !== 'OR') {
    throw new DocumentError({ path: [...path, 'operator'] }, '"AND" or "OR"', showJson(object.operator));
  }
  return { operator, attribute: readAttribute(json, path) };
}

function readReturnTo(json: unknown, path: DocumentPath): ReturnTo | undefined {
  if (json === undefined || json === null) return undefined;
  const value = readValue(json, path);
  switch (value.kind) {
    case 'variable':
      return { kind: 'variable', variableName: value.variableName };
    case 'dictionary':
      return {
        kind: 'dictionary',
        bindings: value.entries.flatMap(({ key, value: bound }) =>
          bound.kind === 'variable' ? [{ key, variableName: bound.variableName }] : [],
        ),
      };
    case 'session':
      return { kind: 'session', sessionName: value.sessionName, global: value.global };
    default:
      return undefined;
  }
}

function readReturns(json: unknown, path: DocumentPath): Binding[] {
  if (json === undefined || json === null) return [];
  return Object.entries(objectAt(json, path)).flatMap(([key, bound]) => {
    const value = readValue(bound, [...path, key]);
    return value.kind === 'variable' ? [{ key, variableName: value.variableName }] : [];
  });
}
