import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { AnyObject } from '../wire.ts';
import { MODULE } from './module.ts';
import { RunAnswer, renderRun } from './render.ts';

export const getExecution = operation({
  name: 'getExecution',
  summary: 'Read one run with its outputs',
  module: MODULE,
  method: 'GET',
  path: '/activity/execution/{id}',
  versions: [{ name: 'v1', provenance: 'observed' }, { name: 'v3' }],
  provenance: 'documented',
  access: 'caller',
  objects: { id: { kind: 'run', visibleTo: 'shared' } },
  params: Type.Object({ id: Type.String({ maxLength: 200 }) }),
  answer: {
    status: 200,
    schema: Type.Intersect([RunAnswer, Type.Object({ botOutVariables: Type.Object({ values: AnyObject }) })]),
    description: 'The run. Outputs of real-time calls went to their callers and are not kept.',
  },
  handle: async ({ caller, params }, { runs, tenant }) =>
    renderRun(await runs.activity.get(caller, params.id), tenant.tenantUuid),
});
