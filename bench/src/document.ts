import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Findings } from './measurement.ts';
import { asMarkdown } from './table.ts';

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md');
const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';

/**
 * Puts the tables between the markers of docs/benchmarks.md; the words around them stay, and so do the tables of what was not
 * measured this time.
 */
export async function writeDocument(machine: readonly string[], all: readonly Findings[]): Promise<void> {
  const text = await readFile(FILE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${FILE} has lost its markers ${BEGIN} and ${END}.`);
  const tables = new Map(
    text
      .slice(begin + BEGIN.length, end)
      .split(/^(?=### )/m)
      .slice(1)
      .map((table) => [titleOf(table), table.trim()]),
  );
  for (const table of all.map(asMarkdown)) tables.set(titleOf(table), table.trim());
  const lines = [machine.map((line) => `- ${line}`).join('\n'), ...tables.values()].join('\n\n');
  await writeFile(FILE, `${text.slice(0, begin + BEGIN.length)}\n\n${lines}\n\n${text.slice(end)}`);
}

function titleOf(table: string): string {
  return table.slice(0, table.indexOf('\n'));
}
