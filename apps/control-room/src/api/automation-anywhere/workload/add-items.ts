import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Anything, currentInV3, ids } from '../wire.ts';
import { mayUse, QUEUE } from './access.ts';
import { ItemAnswer, renderItem } from './render.ts';

export const addItems = operation({
  name: 'addWorkItems',
  summary: 'Add work items to a queue',
  description:
    'A value that does not fit its column makes that item DATA_ERROR; a missing required column refuses the request.',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/queues/{id}/workitems',
  versions: currentInV3,
  provenance: 'documented',
  access: mayUse,
  objects: QUEUE,
  params: ids('id'),
  body: Type.Object({ workItems: Type.Array(Type.Object({ json: Anything })) }),
  answer: {
    status: 201,
    schema: Type.Object({ list: Type.Array(ItemAnswer) }),
    description: 'The items as they are now, in the order of the request.',
  },
  handle: async ({ caller, params, body, version, facts }, { work, tenant }) => {
    const items = await work.adding.add(
      caller,
      params.id,
      body.workItems.map(({ json }) => json),
      facts,
    );
    const queue = await work.queues.get(caller, params.id);
    return { list: items.map((item) => renderItem(queue, item, version, tenant)) };
  },
});
