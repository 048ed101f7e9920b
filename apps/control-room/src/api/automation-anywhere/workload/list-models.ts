import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { currentInV3 } from '../wire.ts';
import { mayUse } from './access.ts';
import { ModelAnswer, renderModel } from './render.ts';

export const listModels = operation({
  name: 'listWorkItemModels',
  summary: 'List work item models',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/workitemmodels/list',
  versions: currentInV3,
  provenance: 'documented',
  access: mayUse,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(ModelAnswer), description: 'One page of models.' },
  handle: async ({ body }, { work, tenant }) => {
    const request = readListRequest(body);
    return renderList(await work.models.list(request), request, (model) => renderModel(model, tenant));
  },
});
