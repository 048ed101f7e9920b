import type { Expression, Head, Part, Step } from './syntax.ts';

/** The text of an expression; `printExpression(parseExpression(text))` is `text`. */
export function printExpression(expression: Expression): string {
  return expression.parts.map(printPart).join('');
}

function printPart(part: Part): string {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'dollar') return '$$';
  return `$${printHead(part.head)}${part.steps.map(printStep).join('')}$`;
}

function printHead(head: Head): string {
  if (head.kind === 'global') return `@${head.name}`;
  return head.kind === 'package' ? `${head.package}:${head.name}` : head.name;
}

function printStep(step: Step): string {
  if (step.kind === 'index') return `[${printExpression(step.argument)}]`;
  const quote = step.quoted ? '"' : '';
  const argument = step.argument === undefined ? '' : `${quote}${printExpression(step.argument)}${quote}`;
  if (step.kind === 'key') return `{${argument}}`;
  return `.${step.package}:${step.name}${step.argument === undefined ? '' : `(${argument})`}`;
}
