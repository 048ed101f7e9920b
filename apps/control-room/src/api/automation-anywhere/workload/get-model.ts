import { operation } from '../../operation.ts';
import { ids, replacedByV4 } from '../wire.ts';
import { mayUse } from './access.ts';
import { ModelAnswer, renderModel } from './render.ts';

export const getModel = operation({
  name: 'getWorkItemModel',
  summary: 'Read a work item model',
  module: 'Workload Management',
  method: 'GET',
  path: '/wlm/workitemmodels/{id}',
  versions: replacedByV4,
  provenance: 'documented',
  access: mayUse,
  objects: { id: { kind: 'model', visibleTo: 'everyone' } },
  params: ids('id'),
  answer: { status: 200, schema: ModelAnswer, description: 'The model.' },
  handle: async ({ params }, { work, tenant }) => renderModel(await work.models.get(params.id), tenant),
});
