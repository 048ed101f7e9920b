import { BotRecord, BotTable, type BotValue } from '@signalbox/taskbot';

/** A copy that shares nothing changeable with the original: assigning a list must not tie two variables together. */
export const copyValue = (value: BotValue): BotValue => {
  if (Array.isArray(value)) return value.map(copyValue);
  if (value instanceof Map) return new Map(Array.from(value, ([key, held]) => [key, copyValue(held)]));
  if (value instanceof BotRecord) return copyRecord(value);
  if (value instanceof BotTable) return copyTable(value);
  return value;
};

export const copyRecord = (record: BotRecord): BotRecord =>
  new BotRecord([...record.columns], record.values.map(copyValue));

export const copyTable = (table: BotTable): BotTable =>
  new BotTable(
    [...table.columns],
    table.rows.map((row) => row.map(copyValue)),
  );
