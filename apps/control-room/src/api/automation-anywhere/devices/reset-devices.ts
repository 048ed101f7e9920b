import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Id, v2Only } from '../wire.ts';
import { mayReset } from './access.ts';

const Ids = Type.Array(Id, { maxItems: 10_000 });

export const resetDevices = operation({
  name: 'resetDevices',
  summary: 'Reset devices',
  description:
    'Ends the sessions of the devices: what they were working on goes back in line at once, and their runners connect anew.',
  module: 'Devices',
  method: 'POST',
  path: '/devices/reset',
  versions: v2Only,
  provenance: 'observed',
  access: mayReset,
  body: Type.Object({ deviceIds: Type.Union([Type.Object({ ids: Ids }), Ids]) }),
  answer: {
    status: 200,
    // The body of the vendor's answer is not known.
    schema: Type.Object({ deviceIds: Type.Array(Type.String()), itemsReturned: Type.Integer() }),
    description: 'The devices, and how many work items went back.',
  },
  handle: async ({ caller, body }, { fleet, work }) => {
    const { deviceIds } = body;
    const ids = Array.isArray(deviceIds) ? deviceIds : deviceIds.ids;
    if (ids.length === 0)
      throw error('invalid', 'The request names no device.', { details: 'expected {"deviceIds": {"ids": [4]}}' });
    let itemsReturned = 0;
    for (const holder of await fleet.devices.endSessions(caller, ids)) {
      itemsReturned += await work.sweeps.endLeases(holder, 'Its device was reset.');
    }
    return { deviceIds: ids.map(String), itemsReturned };
  },
});
