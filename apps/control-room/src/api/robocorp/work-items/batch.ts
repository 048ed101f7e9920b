import { Type } from 'typebox';
import { BATCH_OPERATIONS } from '../../../domain/processes/index.ts';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace } from '../wire.ts';
import { declared, writes } from './declared.ts';

export const batchWorkItems = workspaceOperation({
  ...declared,
  name: 'batchWorkItems',
  summary: 'Try work items again, settle them, or delete them',
  description:
    'retry and mark_as_done do something to those that have failed, delete to those that nobody is working on; the others stay as they are.',
  method: 'POST',
  path: '/workspaces/{workspaceId}/work-items/batch',
  access: writes,
  params: inWorkspace(),
  body: Type.Object({
    batch_operation: Type.Enum([...BATCH_OPERATIONS]),
    work_item_ids: Type.Array(Type.String({ maxLength: 100 })),
  }),
  answer: { status: 200, schema: Type.Object({ accepted: Type.Boolean() }), description: 'It is done.' },
  handle: async ({ client, body }, { processes }) => {
    await processes.items.batch(client, body.batch_operation, body.work_item_ids);
    return { accepted: true };
  },
});
