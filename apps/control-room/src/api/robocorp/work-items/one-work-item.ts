import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace, putAndPost, Reference } from '../wire.ts';
import { declared, reads, render, WorkItemShown, writes } from './declared.ts';

const createWorkItem = workspaceOperation({
  ...declared,
  name: 'createProcessWorkItem',
  summary: 'Put a work item into the input of a process',
  method: 'POST',
  path: '/workspaces/{workspaceId}/work-items',
  access: writes,
  params: inWorkspace(),
  body: Type.Object({ process: Reference, payload: Type.Optional(Type.Unknown({ description: 'Any JSON.' })) }),
  answer: { status: 200, schema: WorkItemShown, description: 'It waits there for a run.' },
  handle: async ({ client, body, facts }, domain) =>
    render(await domain.processes.items.create(client, body.process.id, body.payload ?? null), facts, domain),
});

const getWorkItem = workspaceOperation({
  ...declared,
  name: 'getProcessWorkItem',
  summary: 'Read a work item with its payload and files',
  method: 'GET',
  path: '/workspaces/{workspaceId}/work-items/{workItemId}',
  access: reads,
  params: inWorkspace('workItemId'),
  answer: { status: 200, schema: WorkItemShown, description: 'The work item.' },
  handle: async ({ client, params, facts }, domain) =>
    render(await domain.processes.items.get(client, params.workItemId), facts, domain),
});

const setPayload = workspaceOperation({
  ...declared,
  name: 'setWorkItemPayload',
  summary: 'Replace the payload of a work item',
  description: 'Of one that nobody is working on.',
  method: 'PUT',
  path: '/workspaces/{workspaceId}/work-items/{workItemId}/payload',
  access: writes,
  params: inWorkspace('workItemId'),
  body: Type.Object({ payload: Type.Optional(Type.Unknown({ description: 'Any JSON.' })) }),
  answer: { status: 200, schema: Type.Object({ payload: Type.Unknown() }), description: 'The payload.' },
  handle: async ({ client, params, body }, { processes }) => ({
    payload: await processes.items.setPayload(client, params.workItemId, body.payload),
  }),
});

export const oneWorkItem = [createWorkItem, getWorkItem, ...putAndPost(setPayload)];
