import { operation } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { mayCreatePools } from './access.ts';
import { PoolBody, readScheme } from './pool-body.ts';
import { PoolAnswer, renderPool } from './render.ts';

export const createPool = operation({
  name: 'createDevicePool',
  summary: 'Create a device pool',
  description: 'Needs the right to create pools together with the one to all devices, or to administer all pools.',
  module: 'Devices',
  method: 'POST',
  path: '/devices/pools',
  versions: v2Only,
  provenance: 'documented',
  access: mayCreatePools,
  body: PoolBody,
  answer: { status: 201, schema: PoolAnswer, description: 'The pool; where no owners are named, its creator is one.' },
  handle: async ({ caller, body }, { fleet }) =>
    renderPool(await fleet.pools.create(caller, { ...body, automationScheme: readScheme(body.automationScheme) })),
});
