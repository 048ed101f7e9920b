import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { currentInV3, ids } from '../wire.ts';
import { mayUse, QUEUE } from './access.ts';
import { ItemAnswer, renderItem } from './render.ts';

/** 200 rows where the caller names no page (contract b §0.6). */
const LENGTHS = { withPage: 200, withoutPage: 200 };

export const listItems = operation({
  name: 'listWorkItems',
  summary: 'List the work items of a queue',
  description: 'Filters and sorts by any field and by col1 … col21; statuses in any spelling.',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/queues/{id}/workitems/list',
  versions: currentInV3,
  provenance: 'documented',
  access: mayUse,
  objects: QUEUE,
  reads: true,
  params: ids('id'),
  body: ListBody,
  answer: { status: 200, schema: listOf(ItemAnswer), description: 'One page of items.' },
  handle: async ({ caller, params, body, version }, { work, tenant }) => {
    const request = readListRequest(body, LENGTHS);
    const { queue, page } = await work.items.list(caller, params.id, request);
    return renderList(page, request, (item) => renderItem(queue, item, version, tenant));
  },
});
