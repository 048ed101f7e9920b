import type { Findings } from './measurement.ts';

/** One measurement for a terminal: columns under each other, numbers to the right. */
export function asText({ title, columns, rows, aims, notes = [] }: Findings): string {
  const grid = [['', ...columns], ...rows.map(({ name, cells }) => [name, ...cells])];
  const widths = grid[0]?.map((_, column) => Math.max(...grid.map((line) => (line[column] ?? '').length))) ?? [];
  const lines = grid.map((line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
  const judged = aims.map(({ text, reached, met }) => `  ${met ? 'met   ' : 'missed'}  ${text}: ${reached}`);
  return [title, '', ...lines, '', ...judged, ...notes.map((note) => `  ${note}`), ''].join('\n');
}

/** The same for docs/benchmarks.md. */
export function asMarkdown({ title, columns, rows, aims, notes = [] }: Findings): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `### ${title}`,
    '',
    row(['', ...columns]),
    row(['---', ...columns.map(() => '---:')]),
    ...rows.map(({ name, cells }) => row([name, ...cells])),
    '',
    ...aims.map(({ text, reached, met }) => `- ${met ? 'Met' : '**Missed**'} – ${text}: ${reached}`),
    ...notes.flatMap((note) => ['', note]),
    '',
  ].join('\n');
}
