import { Content, workspaceOperation } from '../../operation.ts';
import { readJson } from '../../tolerance.ts';
import { inWorkspace } from '../wire.ts';
import { declared } from './declared.ts';

const path = '/json-v1/workspaces/{workspaceId}/workitems/{workItemId}/data';
const params = inWorkspace('workItemId');

const getData = workspaceOperation({
  ...declared,
  name: 'getWorkItemData',
  summary: 'Read the payload of a work item',
  method: 'GET',
  path,
  params,
  answer: { status: 200, description: 'The payload itself: any JSON.' },
  handle: async ({ client, params: { workItemId } }, { processes }) => {
    const { payload } = await processes.robots.items.open(client, workItemId);
    return new Content(JSON.stringify(payload ?? null), 'application/json; charset=utf-8');
  },
});

const putData = workspaceOperation({
  ...declared,
  name: 'putWorkItemData',
  summary: 'Replace the payload of a work item',
  description: 'The body is the payload; an empty one is null.',
  method: 'PUT',
  path,
  params,
  body: 'bytes',
  answer: { status: 200, description: 'It is kept.' },
  handle: async ({ client, params: { workItemId }, body }, { processes }) => {
    // `bytes` is a Buffer; typebox's widest schema type takes in every value, so the declaration cannot say it.
    await processes.robots.items.setPayload(client, workItemId, readJson(body as Buffer) ?? null);
    return {};
  },
});

export const dataOperations = [getData, putData];
