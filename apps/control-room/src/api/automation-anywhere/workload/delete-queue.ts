import { operation } from '../../operation.ts';
import { currentInV3, ids } from '../wire.ts';
import { mayCreate, QUEUE } from './access.ts';

export const deleteQueue = operation({
  name: 'deleteQueue',
  summary: 'Delete a queue and its items',
  description: 'Refused while an automation is attached or an item is being worked on.',
  module: 'Workload Management',
  method: 'DELETE',
  path: '/wlm/queues/{id}',
  versions: currentInV3,
  provenance: 'inferred',
  access: mayCreate,
  objects: QUEUE,
  params: ids('id'),
  answer: { status: 204 },
  handle: ({ caller, params }, { work }) => work.queues.remove(caller, params.id),
});
