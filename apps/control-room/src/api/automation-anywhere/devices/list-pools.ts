import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { v2Only } from '../wire.ts';
import { mayUsePools } from './access.ts';
import { PoolAnswer, renderPool } from './render.ts';

export const listPools = operation({
  name: 'listDevicePools',
  summary: 'List device pools',
  description: 'Those that the caller owns or consumes; with the right to administer all pools, all.',
  module: 'Devices',
  method: 'POST',
  path: '/devices/pools/list',
  versions: v2Only,
  provenance: 'documented',
  access: mayUsePools,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(PoolAnswer), description: 'One page of pools.' },
  handle: async ({ caller, body }, { fleet }) => {
    const request = readListRequest(body);
    return renderList(await fleet.pools.list(caller, request), request, renderPool);
  },
});
