import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { rawMail } from '../../transfers/raw-mail.ts';
import { inWorkspace, v1 } from '../wire.ts';

/** The same for a member: api/signalbox/processes/receive-mail.ts. */
export const deliverMail = workspaceOperation({
  module: 'Processes',
  versions: v1,
  provenance: 'extension',
  name: 'deliverMail',
  summary: 'Deliver a mail to a process, with a key',
  description:
    'The vendor has addresses for mail and no call. The raw message as the body, under any Content-Type, at most 40 MB.',
  method: 'POST',
  path: '/workspaces/{workspaceId}/processes/{processId}/mail',
  access: { workspace: 'Processes.trigger_processes' },
  params: inWorkspace('processId'),
  ...rawMail,
  answer: {
    status: 200,
    schema: Type.Object({
      work_item_id: Type.String(),
      started: Type.Boolean(),
      id: Type.Optional(Type.String()),
      errors: Type.Array(Type.String()),
    }),
    description: 'The work item, and the run that has begun with it.',
  },
  handle: async ({ client, params, query, body }, { processes }) => {
    // `bytes` is a Buffer; typebox's widest schema type takes in every value, so the declaration cannot say it.
    const received = await processes.mail.receive(client, params.processId, body as Buffer, query.start);
    const { itemId, processRunId, faults } = received;
    return {
      work_item_id: String(itemId),
      started: processRunId !== undefined,
      ...(processRunId === undefined ? {} : { id: processRunId }),
      errors: faults,
    };
  },
});
