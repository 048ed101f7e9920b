import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { currentInV3, Id, ids } from '../wire.ts';
import { mayUse, QUEUE } from './access.ts';
import { readDeferral } from './deferral.ts';
import { ItemAnswer, renderItem } from './render.ts';
import { readGivenStatus } from './update-item.ts';

export const updateItemStatus = operation({
  name: 'updateWorkItemStatus',
  summary: 'Set the status of several work items',
  description: 'All of them or none.',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/queues/{id}/workitems/updateStatus',
  versions: currentInV3,
  provenance: 'observed',
  access: mayUse,
  objects: QUEUE,
  params: ids('id'),
  body: Type.Object({
    status: Type.String(),
    ids: Type.Array(Id, { minItems: 1, maxItems: 10_000 }),
    deferredType: Type.Optional(Type.String()),
    deferredUntil: Type.Optional(Type.String()),
    comment: Type.Optional(Type.String({ maxLength: 2_000 })),
  }),
  answer: {
    status: 200,
    schema: Type.Object({ list: Type.Array(ItemAnswer) }),
    description: 'The items as they are now.',
  },
  handle: async ({ caller, params, body, version }, { work, tenant }) => {
    const status = readGivenStatus(body.status);
    if (!status) throw error('invalid', 'The request names no status.');
    const items = await work.changing.setStatus(caller, params.id, body.ids, {
      status,
      deferredUntil: readDeferral(body),
      comment: body.comment,
    });
    const queue = await work.queues.get(caller, params.id);
    return { list: items.map((item) => renderItem(queue, item, version, tenant)) };
  },
});
