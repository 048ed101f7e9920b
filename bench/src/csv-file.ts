import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** The columns of the generated file, with the types a model gives them. */
export const CSV_COLUMNS = [
  { name: 'number', type: 'TEXT' },
  { name: 'amount', type: 'NUMBER' },
  { name: 'due', type: 'DATE' },
  { name: 'supplier', type: 'TEXT' },
  { name: 'quantity', type: 'NUMBER' },
] as const;

/** Writes so many rows below a header. The same count gives the same file; every tenth row has a quoted cell. */
export async function writeCsv(file: string, rows: number): Promise<void> {
  const out = createWriteStream(file);
  out.write(`${CSV_COLUMNS.map(({ name }) => name).join(',')}\n`);
  for (let from = 0; from < rows; from += 10_000) {
    const lines = Array.from({ length: Math.min(10_000, rows - from) }, (_, i) => line(from + i));
    if (!out.write(lines.join(''))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

function line(n: number): string {
  const amount = (((n * 7_919) % 10_000_000) / 100).toFixed(2);
  const due = `2026-${String((n % 12) + 1).padStart(2, '0')}-${String((n % 28) + 1).padStart(2, '0')}`;
  const supplier = n % 10 === 0 ? `"Miller, Sons and Company ${n % 500}"` : `Supplier ${n % 500} Limited`;
  return `INV-${String(n).padStart(8, '0')},${amount},${due},${supplier},${n % 97}\n`;
}
