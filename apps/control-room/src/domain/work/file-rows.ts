import { error } from '../../kernel/errors.ts';
import type { Attribute } from './models.ts';
import { findFault, LARGEST_PAYLOAD } from './payload.ts';
import type { QueueDefinition } from './queues.ts';

/** A row of a file, read against the model. */
export interface Row {
  readonly row: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly fault: string | undefined;
}

/** For each attribute the place of its column in the file, or undefined. */
export function matchHeader(queue: QueueDefinition, header: readonly string[]): (number | undefined)[] {
  if (header.every((name) => name.trim() === ''))
    throw error('invalid', 'The file has no header.', { details: 'expected the column names in the first row' });
  const names = header.map((name) => name.trim());
  const places = queue.attributes.map(({ name }) => {
    const exact = names.indexOf(name);
    if (exact >= 0) return exact;
    const folded = names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
    return folded < 0 ? undefined : folded;
  });
  const missing = queue.attributes.filter(({ isRequired }, i) => isRequired && places[i] === undefined);
  if (missing.length > 0) {
    throw error(
      'invalid',
      `Required column ${missing.map(({ name }) => `'${name}'`).join(', ')} missing in the file's header.`,
      {
        details: `came: ${names.slice(0, 30).join(', ')}`,
      },
    );
  }
  if (places.every((place) => place === undefined)) {
    throw error('invalid', 'No column of the file is a column of the model.', {
      details: `expected ${queue.attributes.map(({ name }) => name).join(', ')}; came: ${names.slice(0, 30).join(', ')}`,
    });
  }
  return places;
}

export function readRow(
  attributes: readonly Attribute[],
  columns: readonly (number | undefined)[],
  cells: readonly string[],
  row: number,
): Row {
  const json: Record<string, unknown> = {};
  let missing: string | undefined;
  let nul: string | undefined;
  for (let i = 0; i < attributes.length; i++) {
    const attribute = attributes[i];
    const place = columns[i];
    if (!attribute || place === undefined) continue;
    const cell = cells[place] ?? '';
    if (cell.includes('\0')) nul = `Column '${attribute.name}' holds the character NUL, which cannot be kept.`;
    json[attribute.name] = nul === undefined ? cell : cell.replaceAll('\0', '\uFFFD');
    if (attribute.isRequired && cell === '') missing ??= `Required column '${attribute.name}' is empty.`;
  }
  const tooLong =
    missing === undefined && cells.some((cell) => cell.length > LARGEST_PAYLOAD) ? 'A cell is too long.' : undefined;
  return { row, json, fault: missing ?? nul ?? tooLong ?? findFault(attributes, json) };
}
