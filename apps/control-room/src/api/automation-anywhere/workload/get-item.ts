import { operation } from '../../operation.ts';
import { currentInV3, ids } from '../wire.ts';
import { ITEM, mayUse } from './access.ts';
import { ItemAnswer, renderItem } from './render.ts';

export const getItem = operation({
  name: 'getWorkItem',
  summary: 'Read a work item',
  module: 'Workload Management',
  method: 'GET',
  path: '/wlm/queues/{id}/workitems/{wid}',
  versions: currentInV3,
  provenance: 'observed',
  access: mayUse,
  objects: ITEM,
  params: ids('id', 'wid'),
  answer: { status: 200, schema: ItemAnswer, description: 'The item.' },
  handle: async ({ caller, params, version }, { work, tenant }) => {
    const { queue, item } = await work.items.get(caller, params.id, params.wid);
    return renderItem(queue, item, version, tenant);
  },
});
