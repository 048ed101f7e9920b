import { Type } from 'typebox';
import type { Webhook } from '../../../domain/webhooks/index.ts';
import { inWorkspace, declared as ofWorkspaces, workspaceParams } from '../workspaces/declared.ts';

/* What the vendor has on its page only: webhooks of a whole workspace, tests, the log of deliveries, and saying it again. */

export const declared = { ...ofWorkspaces, ...inWorkspace, module: 'Webhooks' } as const;

export const webhookParams = workspaceParams({ webhookId: Type.String({ maxLength: 100 }) });

export const shown = {
  id: Type.String(),
  processId: Type.Union([Type.String(), Type.Null()], { description: 'Null: all processes of the workspace.' }),
  events: Type.Array(Type.String()),
  endpoint: Type.String(),
  createdOn: Type.String(),
};

export function render({ id, processId, events, endpoint, createdOn }: Webhook): object {
  return { id, processId, events, endpoint, createdOn: createdOn.toString() };
}
