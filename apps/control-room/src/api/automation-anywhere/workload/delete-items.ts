import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { AnyObject, Anything, ids } from '../wire.ts';
import { mayUse, QUEUE } from './access.ts';

/** Enterprise 11's bulk call (contract b §1.1 row 20): a bare list of ids, or an object that holds one. */
export const deleteItems = operation({
  name: 'deleteWorkItems',
  summary: 'Delete several work items',
  description: 'Body: [31, 32] or {"ids": [31, 32]}. All of them or none.',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/queues/{id}/workitems/delete',
  versions: [{ name: 'v2' }, { name: 'v3', provenance: 'extension' }, { name: 'v4', provenance: 'extension' }],
  provenance: 'documented',
  access: mayUse,
  objects: QUEUE,
  params: ids('id'),
  body: Anything,
  answer: { status: 200, schema: AnyObject, description: 'How many were deleted.' },
  handle: async ({ caller, params, body }, { work }) => {
    const given = Array.isArray(body)
      ? body
      : ((body as { ids?: unknown; workItemIds?: unknown } | undefined)?.ids ??
        (body as { workItemIds?: unknown } | undefined)?.workItemIds);
    const itemIds = Array.isArray(given)
      ? given.map((one) => Number(typeof one === 'object' && one !== null ? (one as { id?: unknown }).id : one))
      : [];
    if (itemIds.length === 0 || !itemIds.every((id) => Number.isSafeInteger(id))) {
      throw error('invalid', 'The request holds no list of work item ids.', {
        details: 'expected [31, 32] or {"ids": [31, 32]}',
      });
    }
    await work.items.remove(caller, params.id, itemIds);
    return { deleted: itemIds.length };
  },
});
