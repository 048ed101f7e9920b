import { action, attribute, copyOf } from '@signalbox/taskbot';
import { requirePosition } from '../support/position.ts';

const place = {
  sourceList: attribute.list({ required: true }),
  itemPositionNumber: attribute.number({ alias: ['itemPosition', 'positionNumber', 'position'] }),
};
const common = { package: 'List', runsOn: 'anywhere', since: '0.1.0' } as const;

/* The three that address one item, by its position from 0. */

export const get = action({
  ...common,
  name: 'get',
  summary: 'Takes the item at a position.',
  attributes: place,
  returns: 'ANY',
  run: (input) => input.sourceList[requirePosition(input.itemPositionNumber, input.sourceList.length, 'list')] ?? null,
});

export const listRemove = action({
  ...common,
  name: 'listRemove',
  summary: 'Takes the item at a position out of a list.',
  attributes: place,
  returns: 'LIST',
  run: (input) => {
    input.sourceList.splice(requirePosition(input.itemPositionNumber, input.sourceList.length, 'list'), 1);
    return input.sourceList;
  },
});

export const listSet = action({
  ...common,
  name: 'listSet',
  summary: 'Puts another item at a position.',
  attributes: { ...place, replaceWith: attribute.any() },
  returns: 'LIST',
  run: (input) => {
    input.sourceList[requirePosition(input.itemPositionNumber, input.sourceList.length, 'list')] = copyOf(
      input.replaceWith,
    );
    return input.sourceList;
  },
});
