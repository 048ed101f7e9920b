/** `1 bot`, `12 bots`, `1,526 bots` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** `38 ms`, `4.2 s`, `3 min 5 s` */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1_000)} s`;
}

/** Rows under each other, every column but the last as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths = rows.reduce<number[]>((sofar, row) => {
    row.forEach((cell, at) => {
      sofar[at] = Math.max(sofar[at] ?? 0, cell.length);
    });
    return sofar;
  }, []);
  return rows
    .map((row) =>
      `${indent}${row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  ')}`.trimEnd(),
    )
    .join('\n');
}
