import { operation } from '../../operation.ts';
import { currentInV3, ids } from '../wire.ts';
import { mayCreate, QUEUE } from './access.ts';
import { QueueChangeBody, readQueueSettings } from './queue-body.ts';
import { QueueAnswer, renderQueue } from './render.ts';

export const updateQueue = operation({
  name: 'updateQueue',
  summary: 'Change a queue',
  description: 'What the body does not name stays. With a version, a stale one is refused.',
  module: 'Workload Management',
  method: 'PUT',
  path: '/wlm/queues/{id}',
  versions: currentInV3,
  provenance: 'inferred',
  access: mayCreate,
  objects: QUEUE,
  params: ids('id'),
  body: QueueChangeBody,
  answer: { status: 200, schema: QueueAnswer, description: 'The queue as it is now.' },
  handle: async ({ caller, params, body, version }, { work, tenant }) => {
    const queue = await work.queues.get(caller, params.id);
    const { version: expected, ...given } = body;
    const settings = await readQueueSettings(
      given,
      async (_modelId, id) => queue.attributes.find((attribute) => attribute.id === id)?.name ?? String(id),
    );
    return renderQueue(await work.queues.update(caller, params.id, settings, expected), version, tenant);
  },
});
