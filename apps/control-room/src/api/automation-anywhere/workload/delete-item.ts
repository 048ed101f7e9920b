import { operation } from '../../operation.ts';
import { currentInV3, ids } from '../wire.ts';
import { ITEM, mayUse } from './access.ts';

/** 204 and nothing else: a client counts on the empty body (contract b §1.8). */
export const deleteItem = operation({
  name: 'deleteWorkItem',
  summary: 'Delete a work item',
  module: 'Workload Management',
  method: 'DELETE',
  path: '/wlm/queues/{id}/workitems/{wid}',
  versions: currentInV3,
  provenance: 'documented',
  access: mayUse,
  objects: ITEM,
  params: ids('id', 'wid'),
  answer: { status: 204 },
  handle: ({ caller, params }, { work }) => work.items.remove(caller, params.id, [params.wid]),
});
