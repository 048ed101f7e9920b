import { attribute, BotError } from '@signalbox/taskbot';

/** Where a new row or column goes. */
export const PLACES = ['lastPosition', 'firstPosition', 'specificPosition'] as const;

export const placeAttribute = attribute.choice(PLACES, { alias: ['positionSelected', 'position'] });

/** A zero-based place for something new among `size` others; the place behind the last is one of them. */
export const placeIn = (
  place: (typeof PLACES)[number],
  index: number | undefined,
  size: number,
  what: string,
): number => {
  if (place === 'firstPosition') return 0;
  if (place === 'lastPosition') return size;
  if (index !== undefined && Number.isInteger(index) && index >= 0 && index <= size) return index;
  throw new BotError(
    `Expected a ${what} position from 0 to ${size}, but got ${index ?? 'none'}. Positions count from 0.`,
  );
};

/** How a command names a column: by `columnName` or by `columnIndex`, counted from 0. */
export const columnAttributes = {
  columnType: attribute.choice(['colIndex', 'colName', 'INDEX', 'NAME'], { alias: ['sortOptions', 'columnOption'] }),
  columnIndex: attribute.number({ alias: ['columnPosition'] }),
  columnName: attribute.text(),
};

export const columnChoice = (input: {
  readonly columnType: 'colIndex' | 'colName' | 'INDEX' | 'NAME';
  readonly columnIndex: number | undefined;
  readonly columnName: string;
}) => ({
  byName: input.columnType === 'colName' || input.columnType === 'NAME',
  name: input.columnName,
  index: input.columnIndex,
});
