import { attribute, BotError, iterator } from '@signalbox/taskbot';

/**
 * Item after item. The list is read while the loop runs, so items added behind the present one are visited too;
 * `range` takes the positions from start to end, both included, counted from 0 [inferred].
 */
export const listIterator = iterator({
  package: 'List',
  name: 'list.iterators.list',
  summary: 'Each item of a list.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    list: attribute.list({ required: true, alias: ['sourceList'] }),
    forOptions: attribute.choice(['all', 'range']),
    start: attribute.number({ fallback: 0, alias: ['from', 'startIndex', 'rangeStart'] }),
    end: attribute.number({ alias: ['to', 'endIndex', 'rangeEnd'] }),
  },
  yields: 'ANY',
  iterate: (input) => {
    if (input.forOptions === 'all') return input.list;
    const last = input.end ?? input.list.length - 1;
    if (!Number.isInteger(input.start) || !Number.isInteger(last) || input.start < 0 || last >= input.list.length) {
      throw new BotError(
        `Expected a range inside 0 to ${input.list.length - 1}, but got ${input.start} to ${last}. Positions count from 0.`,
      );
    }
    return input.list.slice(input.start, last + 1);
  },
});
