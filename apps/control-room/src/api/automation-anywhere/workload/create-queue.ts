import { operation } from '../../operation.ts';
import { currentInV3 } from '../wire.ts';
import { mayCreate } from './access.ts';
import { QueueBody, readQueueSettings } from './queue-body.ts';
import { QueueAnswer, renderQueue } from './render.ts';

export const createQueue = operation({
  name: 'createQueue',
  summary: 'Create a queue',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/queues',
  versions: currentInV3,
  provenance: 'documented',
  access: mayCreate,
  body: QueueBody,
  answer: { status: 201, schema: QueueAnswer, description: 'The queue; its creator is an owner.' },
  handle: async ({ caller, body, version }, { work, tenant }) => {
    const settings = await readQueueSettings(body, async (modelId, id) => {
      const model = await work.models.get(modelId);
      return model.attributes.find((attribute) => attribute.id === id)?.name ?? String(id);
    });
    return renderQueue(
      await work.queues.create(caller, { ...settings, name: body.name, modelId: body.workItemModelId }),
      version,
      tenant,
    );
  },
});
