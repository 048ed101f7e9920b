import { parseExpression, pathOfBot, type TypedValue } from '@signalbox/taskbot';
import { isSecret } from '../secrets/scan-secrets.ts';

const LONGEST_TEXT = 80;
const MOST_ITEMS = 4;
const MASK = '********';

/**
 * A value of the document in a few words: texts in quotes, expressions as they are written, long ones cut. A literal
 * that looks like a secret, or stands under the name of one, is shown as asterisks.
 */
export function describeValue(value: TypedValue, name: string): string {
  switch (value.kind) {
    case 'empty':
      return '""';
    case 'text':
      return isSecret(value, name) ? MASK : quoted(value.text);
    case 'expression':
      return isSecret(value, name) ? MASK : describeExpression(value.expression, value.type);
    case 'number':
      return isSecret(value, name) ? MASK : String(value.number);
    case 'boolean':
      return String(value.boolean);
    case 'list':
      return `[${few(value.items.map((item) => describeValue(item, name)))}]`;
    case 'dictionary':
      return `{${few(value.entries.map((entry) => `${entry.key}: ${describeValue(entry.value, entry.key)}`))}}`;
    case 'record':
      return `{${few(value.values.map((item, at) => describeColumn(value.columns[at]?.name ?? String(at), item)))}}`;
    case 'table':
      return `table of ${value.rows.length} rows and ${value.columns.length} columns`;
    case 'variable':
      return `$${value.packageName === undefined ? '' : `${value.packageName}:`}${value.variableName}$`;
    case 'variables':
      return value.names.length > 0 ? `variables ${value.names.join(', ')}` : `variables of ${value.filter.join(', ')}`;
    case 'member':
      return `${value.packageName}.${value.name}`;
    case 'taskbot': {
      const input =
        value.input === undefined || value.input.kind === 'empty' ? '' : ` ${describeValue(value.input, '')}`;
      const file = value.file.kind === 'text' ? quoted(pathOfBot(value.file.text)) : describeValue(value.file, '');
      return `${file}${input === ' {}' ? '' : input}`;
    }
    case 'credential':
      return `credential ${[value.lockerName, value.name, value.attributeName].filter((part) => part !== '').join('.')}`;
    case 'session':
      return `session ${describeValue(value.sessionName, '')}`;
    case 'opaque':
      return describeOpaque(value.type, value.payload);
  }
}

const describeColumn = (name: string, value: TypedValue): string => `${name}: ${describeValue(value, name)}`;

/** A single reference, and arithmetic, stand as they are; text with references in it stands in quotes. */
function describeExpression(expression: string, type: TypedValue['type']): string {
  if (type !== 'STRING' && type !== 'FILE' && type !== 'ANY') return oneLine(cut(expression.trim()));
  return isReference(expression) ? oneLine(expression) : quoted(expression);
}

function isReference(expression: string): boolean {
  try {
    const { parts } = parseExpression(expression);
    return parts.length === 1 && parts[0]?.kind === 'reference';
  } catch {
    // A malformed expression is shown as the text it is; the check tells what is wrong with it.
    return false;
  }
}

/** WINDOW, UIOBJECT and the like: the type, and the name they carry. */
function describeOpaque(type: string, payload: Readonly<Record<string, unknown>>): string {
  const inner = payload.window ?? payload.uiObject ?? payload;
  const name = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>).name : undefined;
  return typeof name === 'string' && name !== '' ? `${type.toLowerCase()} ${quoted(name)}` : type.toLowerCase();
}

function few(shown: readonly string[]): string {
  const more = shown.length - MOST_ITEMS;
  return [...shown.slice(0, MOST_ITEMS), ...(more > 0 ? [`… ${more} more`] : [])].join(', ');
}

/** Control characters as their escapes, so that a line stays one; quotes inside stay as they are, to be readable. */
const quoted = (text: string): string => `"${oneLine(cut(text))}"`;

/** Without the characters that would break a line or move a terminal's cursor. */
export function oneLine(text: string): string {
  return text
    .replaceAll('\r\n', '\\n')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replace(/\p{Cc}/gu, '\uFFFD');
}

const cut = (text: string): string => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);
