import { action, attribute, BotError, copyOf } from '@signalbox/taskbot';

/**
 * Positions count from 0. The list variable itself grows and is also the result; the item is a copy, so a list of lists
 * does not follow what it was made from.
 */
export const addItem = action({
  package: 'List',
  name: 'addItem',
  summary: 'Adds an item to a list.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceList: attribute.list({ required: true }),
    listItem: attribute.any(),
    itemPosition: attribute.choice(['END', 'START', 'ANY', 'BEFORE_INDEX', 'AFTER_INDEX']),
    positionNumber: attribute.number({ alias: ['itemPositionNumber'] }),
  },
  returns: 'LIST',
  run: (input) => {
    const list = input.sourceList;
    const item = copyOf(input.listItem);
    switch (input.itemPosition) {
      case 'END':
        list.push(item);
        return list;
      case 'START':
        list.unshift(item);
        return list;
      default: {
        const at = input.positionNumber;
        // One position more than there are items: adding may also mean "behind the last".
        if (at === undefined || !Number.isInteger(at) || at < 0 || at > list.length) {
          throw new BotError(
            `Expected a position from 0 to ${list.length}, but got ${at ?? 'none'}. Positions count from 0.`,
          );
        }
        list.splice(input.itemPosition === 'AFTER_INDEX' ? at + 1 : at, 0, item);
        return list;
      }
    }
  },
});
