import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { mayUsePools, POOL } from './access.ts';
import { PoolChangeBody, readPoolChanges } from './pool-body.ts';
import { PoolAnswer, renderPool } from './render.ts';

export const updatePool = operation({
  name: 'updateDevicePool',
  summary: 'Change a device pool',
  description: 'By its owners. What the body does not name stays; with a version, a stale one is refused.',
  module: 'Devices',
  method: 'PUT',
  path: '/devices/pools/{id}',
  versions: v2Only,
  provenance: 'inferred',
  access: mayUsePools,
  objects: POOL,
  params: ids('id'),
  body: PoolChangeBody,
  answer: { status: 200, schema: PoolAnswer, description: 'The pool as it is now.' },
  handle: async ({ caller, params, body }, { fleet }) => {
    const { version, ...changes } = body;
    return renderPool(await fleet.pools.update(caller, params.id, readPoolChanges(changes), version));
  },
});
