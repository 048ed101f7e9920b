import { BotError, type Column } from '@signalbox/taskbot';
import { requirePosition } from './position.ts';

/** The position of a named column; letter case does not matter. */
export const columnNamed = (columns: readonly Column[], name: string): number => {
  const exact = columns.findIndex((column) => column.name === name);
  if (exact >= 0) return exact;
  const wanted = name.trim().toLowerCase();
  const loose = columns.findIndex((column) => column.name.trim().toLowerCase() === wanted);
  if (loose >= 0) return loose;
  const there = columns.map((column) => `"${column.name}"`).join(', ');
  throw new BotError(`There is no column "${name}". The columns are ${there === '' ? 'none at all' : there}.`);
};

/** A column chosen either by its name or by its zero-based position. */
export const chosenColumn = (
  columns: readonly Column[],
  choice: { byName: boolean; name: string; index: number | undefined },
): number =>
  choice.byName ? columnNamed(columns, choice.name) : requirePosition(choice.index, columns.length, 'column');

/** Names for columns nobody named. They count from 1, as people count columns. */
export const unnamedColumns = (count: number, from = 0): Column[] =>
  Array.from({ length: count }, (_, index) => ({ name: `Column${from + index + 1}`, type: 'STRING' }));
