import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { rawMail } from '../../transfers/raw-mail.ts';
import { declared, inWorkspace, workspaceParams } from '../workspaces/declared.ts';

/** The same with a key of the workspace: api/robocorp/processes/receive-mail.ts. */
export const receiveMail = operation({
  ...declared,
  ...inWorkspace,
  module: 'Processes',
  name: 'receiveMail',
  summary: 'Deliver a mail to a process',
  description:
    'The raw message as the body, under any Content-Type, at most 40 MB. It becomes a work item, with its attachments as files, and a run begins with it, as the settings of the process say. What cannot be read of it is named in the item; the raw message is kept whatever comes of it.',
  method: 'POST',
  path: '/signalbox/v1/workspaces/{workspaceId}/processes/{processId}/mail',
  params: workspaceParams({ processId: Type.String({ maxLength: 100 }) }),
  ...rawMail,
  answer: {
    status: 200,
    schema: Type.Object({
      workItemId: Type.String(),
      started: Type.Boolean(),
      processRunId: Type.Union([Type.String(), Type.Null()]),
      errors: Type.Array(Type.String(), { description: 'What could not be taken; the item says it as well.' }),
    }),
    description: 'What it has become.',
  },
  handle: async ({ caller, params, query, body }, { workspaces, processes }) => {
    const client = await workspaces.enter(caller, params.workspaceId);
    // `bytes` is a Buffer; typebox's widest schema type takes in every value, so the declaration cannot say it.
    const received = await processes.mail.receive(client, params.processId, body as Buffer, query.start);
    const { itemId, processRunId, faults } = received;
    return {
      workItemId: String(itemId),
      started: processRunId !== undefined,
      processRunId: processRunId ?? null,
      errors: faults,
    };
  },
});
