import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { ids, replacedByV4 } from '../wire.ts';
import { mayUse, QUEUE } from './access.ts';

export const loadFile = operation({
  name: 'loadWorkItemFile',
  summary: 'Load work items from a CSV or XLSX file',
  description:
    'The first row names the columns of the model. A row that does not fit becomes DATA_ERROR with its reason; a fault of the file loads nothing.',
  module: 'Workload Management',
  method: 'POST',
  path: '/wlm/queues/{id}/file',
  versions: replacedByV4,
  provenance: 'documented',
  access: mayUse,
  objects: QUEUE,
  params: ids('id'),
  body: 'file',
  refuses: [413],
  answer: {
    status: 200,
    // The vendor documents no body (b §1.12): this receipt is our own.
    schema: Type.Object({
      read: Type.Integer({ description: 'rows below the header' }),
      loaded: Type.Integer({ description: 'now in the queue' }),
      wrong: Type.Integer({ description: 'of those DATA_ERROR' }),
      duplicate: Type.Integer({ description: 'left out, where the queue allows no duplicates' }),
      faults: Type.Array(Type.Object({ row: Type.Integer(), reason: Type.String() }), {
        description: 'the first hundred',
      }),
    }),
    description: 'What became of the rows.',
  },
  handle: async ({ caller, params, facts }, { work }) => {
    // Before a byte of the upload is read.
    await work.queues.get(caller, params.id);
    const { requestId, address } = facts;
    return work.load(caller, params.id, await facts.file(), { requestId, address });
  },
});
