import { Type } from 'typebox';
import type { Domain } from '../../../domain/index.ts';
import { type ClientCall, workspaceOperation } from '../../operation.ts';
import { FormUpload, linkTo } from '../links.ts';
import { inWorkspace } from '../wire.ts';
import { declared, writes } from './declared.ts';

const Body = Type.Object({ file_name: Type.String(), file_size: Type.Number({ minimum: 0 }) });
const shared = {
  ...declared,
  summary: 'Ask where to send a file of a work item',
  description: 'Then send a form there: the fields of form_data first, the part `file` last, without Authorization.',
  method: 'POST',
  access: writes,
  params: inWorkspace('workItemId'),
  body: Body,
} as const;

const uploadFile = workspaceOperation({
  ...shared,
  name: 'uploadWorkItemFile',
  path: '/workspaces/{workspaceId}/work-items/{workItemId}/files/upload',
  answer: { status: 200, schema: FormUpload, description: 'Where, and with what.' },
  handle: ({ client, params, body, facts }, domain) => formFor(client, params.workItemId, body, facts, domain),
});

const addFile = workspaceOperation({
  ...shared,
  name: 'addWorkItemFile',
  path: '/workspaces/{workspaceId}/work-items/{workItemId}/files',
  answer: { status: 200, schema: Type.Object({ upload: FormUpload }), description: 'Where, and with what.' },
  handle: async ({ client, params, body, facts }, domain) => ({
    upload: await formFor(client, params.workItemId, body, facts, domain),
  }),
});

export const workItemFileOperations = [uploadFile, addFile];

async function formFor(
  client: ClientCall<never, never, never>['client'],
  itemId: string,
  { file_name: name, file_size: size }: { file_name: string; file_size: number },
  facts: ClientCall<never, never, never>['facts'],
  domain: Domain,
): Promise<{ url: string; form_data: Record<string, string> }> {
  const { items, files } = domain.processes;
  const item = await items.get(client, itemId);
  const ticket = files.uploadTicket(item, name, size, client.actor.name);
  return { url: await linkTo(ticket, facts, domain), form_data: { key: name } };
}
