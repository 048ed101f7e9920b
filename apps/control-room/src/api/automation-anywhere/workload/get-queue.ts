import { operation } from '../../operation.ts';
import { ids, replacedByV4 } from '../wire.ts';
import { mayUse, QUEUE } from './access.ts';
import { QueueAnswer, renderQueue } from './render.ts';

export const getQueue = operation({
  name: 'getQueue',
  summary: 'Read a queue',
  module: 'Workload Management',
  method: 'GET',
  path: '/wlm/queues/{id}',
  versions: replacedByV4,
  provenance: 'documented',
  access: mayUse,
  objects: QUEUE,
  params: ids('id'),
  answer: { status: 200, schema: QueueAnswer, description: 'The queue.' },
  handle: async ({ caller, params, version }, { work, tenant }) =>
    renderQueue(await work.queues.get(caller, params.id), version, tenant),
});
