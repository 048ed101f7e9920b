import type { BotAttribute, BotNode, ReturnTo } from '@signalbox/taskbot';
import { isSecret, meaningOf } from '../secrets/scan-secrets.ts';
import { describeValue, oneLine } from './describe-value.ts';

const MOST_ATTRIBUTES = 6;
const LONGEST_COMMENT = 200;
/** Attributes that the rest of the line says already, or that say nothing. */
const UNSAID: ReadonlySet<string> = new Set(['looptype', 'repeatoption', 'delaynextrepetition']);

/** One line of a bot as people read it: `String.replace sourceString: $s$, find: "a", replaceWith: "b" → $r$`. */
export function describeNode(node: BotNode): string {
  const command = `${node.packageName}.${node.commandName}`;
  if (command.toLowerCase() === 'comment.comment') return `// ${commentOf(node)}`;
  const said = describeAttributes(node);
  const result = describeReturn(node.returnTo) ?? describeReturns(node);
  const anchor = node.anchor === undefined ? '' : ` as ${node.anchor}`;
  return `${command}${anchor}${said === '' ? '' : ` ${said}`}${result === undefined ? '' : ` → ${result}`}`;
}

/** Prose, so without quotes; on one line. */
function commentOf(node: BotNode): string {
  const value = node.attributes.find(({ name }) => name.toLowerCase() === 'comment')?.value;
  if (value?.kind !== 'text' && value?.kind !== 'expression') return '';
  const text = value.kind === 'text' ? value.text : value.expression;
  if (isSecret(value, 'comment')) return describeValue(value, 'comment');
  return oneLine(
    text
      .trim()
      .replaceAll(/\s*\n\s*/g, ' ')
      .slice(0, LONGEST_COMMENT),
  );
}

function describeAttributes(node: BotNode): string {
  const shown = node.attributes.filter(isSaid);
  if (shown.length === 1 && shown[0] !== undefined) return describeAttribute(shown[0], node);
  const parts = shown.slice(0, MOST_ATTRIBUTES).map((attribute) => {
    const text = describeAttribute(attribute, node);
    if (attribute.value.kind === 'boolean') return attribute.name;
    return hasInside(attribute) ? text : `${attribute.name}: ${text}`;
  });
  return [...parts, ...(shown.length > MOST_ATTRIBUTES ? ['…'] : [])].join(', ');
}

/** Empty ones and flags that are off say nothing; options that are at their usual word say little. */
function isSaid({ name, value, group }: BotAttribute): boolean {
  if (group !== undefined) return true;
  if (UNSAID.has(name.toLowerCase()) || /help$/i.test(name)) return false;
  return value.kind !== 'empty' && !(value.kind === 'boolean' && !value.boolean);
}

const hasInside = ({ value, group }: BotAttribute): boolean =>
  group !== undefined || value.kind === 'member' || value.kind === 'taskbot';

function describeAttribute(attribute: BotAttribute, node: BotNode): string {
  const { value, next, group } = attribute;
  const own =
    group !== undefined
      ? `(${describeAttribute(group, node)})`
      : `${describeValue(value, meaningOf(node, attribute))}${value.kind === 'member' ? describeInside(attribute, node) : ''}`;
  const result = describeReturn(attribute.returnTo);
  const said = result === undefined ? own : `${own} → ${result}`;
  return next === undefined ? said : `${said} ${next.operator} ${describeAttribute(next.attribute, node)}`;
}

/** Of a condition `$a$ EQ "b"`, of an iterator its attributes. */
function describeInside({ attributes }: BotAttribute, node: BotNode): string {
  const shown = attributes.filter(isSaid);
  // Of a comparison also what is empty or off: `$a$ EQ ""`, `$b$ EQ false`.
  const find = (name: string) => attributes.find((one) => one.name.toLowerCase() === name);
  const compared = [find('variable'), find('operator'), find('value')].filter((one) => one !== undefined);
  const isComparison = find('operator') !== undefined && find('variable') !== undefined;
  const rest = isComparison ? shown.filter((one) => !compared.includes(one)) : shown;
  const comparison = isComparison
    ? compared.map((one) => (one.name.toLowerCase() === 'operator' ? wordOf(one) : describeAttribute(one, node)))
    : [];
  const others = rest.map((one) =>
    one.value.kind === 'boolean' ? one.name : `${one.name}: ${describeAttribute(one, node)}`,
  );
  const said = [comparison.join(' '), others.join(', ')].filter((part) => part !== '');
  return said.length === 0 ? '' : ` ${said.join(', ')}`;
}

const wordOf = ({ value }: BotAttribute): string => (value.kind === 'text' ? value.text : describeValue(value, ''));

function describeReturn(returnTo: ReturnTo | undefined): string | undefined {
  switch (returnTo?.kind) {
    case 'variable':
      return `$${returnTo.variableName}$`;
    case 'dictionary':
      return returnTo.bindings.length === 0
        ? undefined
        : `{${returnTo.bindings.map(({ key, variableName }) => `${key}: $${variableName}$`).join(', ')}}`;
    case 'session':
      return `session ${describeValue(returnTo.sessionName, '')}`;
    default:
      return undefined;
  }
}

function describeReturns({ returns }: BotNode): string | undefined {
  if (returns.length === 0) return undefined;
  return `{${returns.map(({ key, variableName }) => `${key}: $${variableName}$`).join(', ')}}`;
}
