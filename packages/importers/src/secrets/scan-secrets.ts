import {
  type BotAttribute,
  type BotDocument,
  type BotNode,
  ExpressionError,
  parseExpression,
  type TypedValue,
} from '@signalbox/taskbot';
import { type SecretKind, secretsByShape } from './patterns.ts';
import { isPlaceholder, looksRandom, secretByName } from './secret-name.ts';

type Report = (kind: SecretKind) => void;

/** A secret that stands in a bot for everybody to read. Never with its value. */
export interface SecretFinding {
  /** Editor line; 0 for the default of a variable. */
  readonly line: number;
  /** `Database.connect: password`, `variable sApiKey`. */
  readonly where: string;
  readonly kind: SecretKind;
}

/**
 * Literal secrets of a bot, in the order of its lines, variables first. Disabled lines and comments count: they are in
 * the file as well. What a bot takes from the credential vault or from a variable is none.
 */
export function scanSecrets(document: BotDocument): SecretFinding[] {
  const findings: SecretFinding[] = [];
  for (const { name, defaultValue } of document.variables) {
    if (defaultValue !== undefined)
      scanValue(defaultValue, name, (kind) => findings.push({ line: 0, where: `variable ${name}`, kind }));
  }
  const visit = (node: BotNode): void => {
    scanNode(node, findings);
    node.children.forEach(visit);
    node.branches.forEach(visit);
  };
  document.nodes.forEach(visit);
  const seen = new Set<string>();
  return findings.filter((one) => {
    const key = JSON.stringify([one.line, one.where, one.kind]);
    return !seen.has(key) && seen.add(key);
  });
}

function scanNode(node: BotNode, findings: SecretFinding[]): void {
  const visit = (attribute: BotAttribute): void => {
    const where = `${node.packageName}.${node.commandName}: ${attribute.name}`;
    const report: Report = (kind) => findings.push({ line: node.line, where, kind });
    scanValue(attribute.value, meaningOf(node, attribute), report);
    attribute.attributes.forEach(visit);
    if (attribute.group !== undefined) visit(attribute.group);
    if (attribute.next !== undefined) visit(attribute.next.attribute);
  };
  node.attributes.forEach(visit);
}

/** Under which name a value stands. What is assigned to a variable stands under the variable's name. */
export function meaningOf(node: BotNode, attribute: BotAttribute): string {
  const isAssigned = /^assign/i.test(node.commandName) && node.returnTo?.kind === 'variable';
  if (isAssigned && node.returnTo?.kind === 'variable') return node.returnTo.variableName;
  const isPasswordField = node.attributes.some(({ name }) => name === 'passwordtextAction');
  return isPasswordField && attribute.name === 'value' ? 'password' : attribute.name;
}

/** Whether a value that stands under the name is, or holds, a literal secret. */
export function isSecret(value: TypedValue, name: string): boolean {
  let found = false;
  scanValue(value, name, () => {
    found = true;
  });
  return found;
}

function scanValue(value: TypedValue, name: string, report: Report): void {
  switch (value.kind) {
    case 'text':
      scanText(value.text, name, report);
      return;
    case 'expression':
      scanExpression(value.expression, name, report);
      return;
    case 'number':
      if (secretByName(name) === 'yes' && value.number !== 0) report('password');
      return;
    case 'list':
      for (const item of value.items) scanValue(item, name, report);
      return;
    case 'dictionary':
      for (const entry of value.entries) scanValue(entry.value, entry.key, report);
      return;
    case 'record':
      value.values.forEach((item, at) => {
        scanValue(item, value.columns[at]?.name ?? '', report);
      });
      return;
    case 'table':
      for (const row of value.rows) {
        row.forEach((item, at) => {
          scanValue(item, value.columns[at]?.name ?? '', report);
        });
      }
      return;
    case 'taskbot':
      if (value.input !== undefined) scanValue(value.input, name, report);
      return;
    default:
      return;
  }
}

function scanText(text: string, name: string, report: Report): void {
  const kinds = secretsByShape(text);
  for (const kind of kinds) report(kind);
  if (kinds.length > 0 || isPlaceholder(text)) return;
  const byName = secretByName(name);
  if (byName === 'yes') report('password');
  else if (byName === 'maybe' && looksRandom(text)) report('token');
}

/** Of an expression only the literal parts can be secrets: without any reference it is a literal as a whole. */
function scanExpression(expression: string, name: string, report: Report): void {
  let literals: string[];
  let isLiteral = false;
  try {
    const { parts } = parseExpression(expression);
    literals = parts.map((part) => (part.kind === 'text' ? part.text : part.kind === 'dollar' ? '$' : ' $ '));
    isLiteral = parts.every((part) => part.kind !== 'reference');
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    literals = [expression];
  }
  const text = literals.join('');
  if (isLiteral) scanText(text, name, report);
  else for (const kind of secretsByShape(text)) report(kind);
}
