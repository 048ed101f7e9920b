import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { mayUsePools, POOL } from './access.ts';

export const deletePool = operation({
  name: 'deleteDevicePool',
  summary: 'Delete a device pool',
  description: 'By its owners. Refused while a queue automation works with it; its devices stay.',
  module: 'Devices',
  method: 'DELETE',
  path: '/devices/pools/{id}',
  versions: v2Only,
  provenance: 'inferred',
  access: mayUsePools,
  objects: POOL,
  params: ids('id'),
  answer: { status: 204 },
  handle: ({ caller, params }, { fleet }) => fleet.pools.remove(caller, params.id),
});
