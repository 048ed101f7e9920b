import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { mayUsePools, POOL } from './access.ts';
import { PoolAnswer, renderPool } from './render.ts';

export const getPool = operation({
  name: 'getDevicePool',
  summary: 'Read a device pool',
  module: 'Devices',
  method: 'GET',
  path: '/devices/pools/{id}',
  versions: v2Only,
  provenance: 'documented',
  access: mayUsePools,
  objects: POOL,
  params: ids('id'),
  answer: { status: 200, schema: PoolAnswer, description: 'The pool.' },
  handle: async ({ caller, params }, { fleet }) => renderPool(await fleet.pools.get(caller, params.id)),
});
