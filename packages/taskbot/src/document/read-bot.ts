import { DocumentError, type DocumentPath, showJson } from './document-error.ts';
import { JsonText } from './json-text.ts';
import type { Binding, BotAttribute, BotDocument, BotNode, BotVariable, ReturnTo } from './model.ts';
import { flagAt, type JsonObject, listAt, objectAt, optionalTextAt, textAt, typeAt } from './read-json.ts';
import { readColumns, readValue } from './read-value.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Reads the text of a bot: a repository file, an entry of an export, a `content.json` or the editor's clipboard.
 * Tolerant where real exports differ (contract bots §1.14): only `nodes` and `variables` must be lists when present.
 *
 * @throws DocumentError with offset or path, what was expected there and what came
 */
export function readBot(text: string): BotDocument {
  const start = startOf(text);
  const json = objectAt(parse(text, start), []);
  if (json.nodes === undefined && json.variables === undefined) {
    throw new DocumentError({ path: [] }, 'the keys "nodes" and "variables"', showJson(Object.keys(json)));
  }
  const lines = { last: 0 };
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

/** Lines are given out in the order of reading: the node, then its children, then its branches, each with theirs. */
function readNodes(object: JsonObject, key: string, path: DocumentPath, lines: { last: number }): BotNode[] {
  return listAt(object, key, path).map((node, at) => readNode(node, [...path, key, at], lines));
}

function readNode(json: unknown, path: DocumentPath, lines: { last: number }): BotNode {
  const object = objectAt(json, path);
  lines.last += 1;
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
  const group = Array.isArray(object.groupAttribute) ? object.groupAttribute[0] : object.groupAttribute;
  const groupPath = [...path, 'groupAttribute', ...(Array.isArray(object.groupAttribute) ? [0] : [])];
  return {
    path,
    name: textAt(object, 'name', path),
    value: readValue(object.value, [...path, 'value']),
    attributes: readAttributes(object, path),
    returnTo: readReturnTo(object.returnTo, [...path, 'returnTo']),
    group: group === undefined || group === null ? undefined : readAttribute(group, groupPath),
    next: readLink(object.operatorAttribute, [...path, 'operatorAttribute']),
  };
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
      return { kind: 'session', sessionName: value.sessionName };
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
