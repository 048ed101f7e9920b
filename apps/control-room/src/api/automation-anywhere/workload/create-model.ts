import { Type } from 'typebox';
import { ATTRIBUTE_TYPES } from '../../../domain/work/index.ts';
import { type Operation, operation } from '../../operation.ts';
import { currentInV3, replacedByV4 } from '../wire.ts';
import { mayCreate } from './access.ts';
import { ModelAnswer, renderModel } from './render.ts';

const declare = (name: string, path: string, versions: Operation['versions']): Operation =>
  operation({
    name,
    summary: 'Create a work item model',
    description:
      'The columns of the items of a queue. The order of the attributes is the order of the display slots col1, col2, …',
    module: 'Workload Management',
    method: 'POST',
    path,
    versions,
    provenance: 'documented',
    access: mayCreate,
    body: Type.Object({
      name: Type.String({ minLength: 1, maxLength: 255 }),
      attributes: Type.Array(
        Type.Object({
          name: Type.String({ minLength: 1, maxLength: 100 }),
          type: Type.Enum(ATTRIBUTE_TYPES),
          isRequired: Type.Optional(Type.Boolean()),
        }),
        { minItems: 1, maxItems: 200 },
      ),
    }),
    answer: { status: 200, schema: ModelAnswer, description: 'The model.' },
    handle: async ({ caller, body }, { work, tenant }) => renderModel(await work.models.create(caller, body), tenant),
  });

export const createModel = declare('createWorkItemModel', '/wlm/workitemmodels', currentInV3);
/** The spelling of the seed's index (contract b §1.1 row 1). */
export const createModelSingular = declare('createWorkItemModelSingular', '/wlm/workitemmodel', replacedByV4);
