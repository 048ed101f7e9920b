import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { currentInV3 } from '../wire.ts';
import { mayUse } from './access.ts';
import { QueueAnswer, renderQueue } from './render.ts';

export const listQueues = operation({
  name: 'listQueues',
  summary: 'List queues',
  description: 'Those that the caller owns, takes part in or consumes; with the right to administer all queues, all.',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/queues/list',
  versions: currentInV3,
  provenance: 'documented',
  access: mayUse,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(QueueAnswer), description: 'One page of queues.' },
  handle: async ({ caller, body, version }, { work, tenant }) => {
    const request = readListRequest(body);
    return renderList(await work.queues.list(caller, request), request, (queue) => renderQueue(queue, version, tenant));
  },
});
