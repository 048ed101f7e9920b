import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace } from '../wire.ts';
import { AssistantShown, declared, reads, render } from './declared.ts';

export const listAssistants = workspaceOperation({
  ...declared,
  name: 'listAssistants',
  summary: 'List the assistants of a workspace',
  method: 'GET',
  path: '/workspaces/{workspaceId}/assistants',
  access: reads,
  params: inWorkspace(),
  query: Type.Object(pageQuery),
  answer: { status: 200, schema: pageOf(AssistantShown), description: 'One page.' },
  handle: async ({ client, query, facts }, { assistants, publicUrl }) =>
    page(await assistants.list(client, readStretch(query)), render, facts, publicUrl()),
});
