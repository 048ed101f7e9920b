import type { BotDocument, BotNode } from '@signalbox/taskbot';
import { describeNode } from './describe-node.ts';
import { oneLine } from './describe-value.ts';

/** One line of the editor. */
export interface ListingLine {
  readonly line: number;
  /** How far it is indented: what stands in a node is one deeper, a branch (`else`, `catch`) stands under its node. */
  readonly depth: number;
  /** It, or something around it, is switched off. */
  readonly disabled: boolean;
  readonly text: string;
}

/** A bot as text, a line for each line of the editor, in its numbering (contract bots §1.12). Shows no literal secret. */
export function listBot(document: BotDocument): ListingLine[] {
  const lines: ListingLine[] = [];
  const visit = (node: BotNode, depth: number, off: boolean): void => {
    const disabled = off || node.disabled;
    lines.push({ line: node.line, depth, disabled, text: oneLine(describeNode(node)) });
    for (const child of node.children) visit(child, depth + 1, disabled);
    for (const branch of node.branches) visit(branch, depth, disabled);
  };
  for (const node of document.nodes) visit(node, 0, false);
  return lines;
}

export interface ListingOptions {
  /** First and last line to print; all when not given. */
  readonly from?: number;
  readonly to?: number;
  /** The line to point at. */
  readonly mark?: number;
  /** Columns of the terminal; longer lines are cut. Not cut when not given. */
  readonly width?: number;
}

/** The listing as text: line numbers on the left, `>` before the marked line, `off` before what is disabled. */
export function printListing(lines: readonly ListingLine[], options: ListingOptions = {}): string {
  const { from = 1, to = Number.POSITIVE_INFINITY, mark, width = Number.POSITIVE_INFINITY } = options;
  const shown = lines.filter(({ line }) => line >= from && line <= to);
  const digits = String(shown.at(-1)?.line ?? 0).length;
  // Deep nesting must leave room for words.
  const deepest = Math.max(0, Math.min(...shown.map(({ depth }) => depth)) - 1);
  const cut = from > 1 || to !== Number.POSITIVE_INFINITY ? deepest : 0;
  return shown
    .map(({ line, depth, disabled, text }) => {
      const pointer = mark === undefined ? '' : line === mark ? '> ' : '  ';
      const off = disabled && !text.startsWith('//') ? 'off: ' : '';
      const full = `${pointer}${String(line).padStart(digits)}  ${'  '.repeat(depth - cut)}${off}${text}`.trimEnd();
      return full.length > width ? `${full.slice(0, Math.max(20, width - 1))}…` : full;
    })
    .join('\n');
}
