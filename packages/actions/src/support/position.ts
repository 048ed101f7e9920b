import { BotError } from '@signalbox/taskbot';
import { numberText } from './text.ts';

/**
 * A zero-based position inside something of `size` items.
 *
 * @param what names the thing in the message: `list`, `row`
 */
export const requirePosition = (position: number | undefined, size: number, what: string): number => {
  if (position !== undefined && Number.isInteger(position) && position >= 0 && position < size) return position;
  const came = position === undefined ? 'none' : numberText(position);
  throw new BotError(
    size === 0
      ? `The ${what} is empty, so position ${came} is not there. Add something first.`
      : `Expected a ${what} position from 0 to ${size - 1}, but got ${came}. Positions count from 0.`,
  );
};
