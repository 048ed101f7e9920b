import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { readJson } from '../../tolerance.ts';
import { linkTo } from '../links.ts';
import { readStretch } from '../paging.ts';
import { inWorkspace } from '../wire.ts';
import { declared, path, readsItems, renderItem, writesItems } from './declared.ts';

const itemsPath = `${path}/processes/{processId}/work-items`;
const itemParams = inWorkspace('processId', 'workItemId');
const ItemShown = Type.Object({ id: Type.String() }, { additionalProperties: true });
const IncludeData = Type.Optional(Type.Boolean());
const MOST = { limit: 1_000 };

const createItem = workspaceOperation({
  ...declared,
  name: 'createLegacyWorkItem',
  summary: 'Put a work item into the input of a process',
  description: 'The body is `{payload}`; with `bodyAsPayload=true` it is the payload itself.',
  method: 'POST',
  path: itemsPath,
  access: writesItems,
  params: inWorkspace('processId'),
  query: Type.Object({ bodyAsPayload: Type.Optional(Type.Boolean()) }),
  body: 'bytes',
  answer: { status: 200, schema: Type.Object({ id: Type.String() }), description: 'The work item.' },
  handle: async ({ client, params, query, body }, { processes }) => {
    const given = readJson(body as Buffer); // `bytes` is a Buffer; the declaration cannot say it.
    const payload = query.bodyAsPayload ? given : (given as { payload?: unknown } | null | undefined)?.payload; // Any JSON.
    return { id: String((await processes.items.create(client, params.processId, payload ?? null)).id) };
  },
});

const uploadFile = workspaceOperation({
  ...declared,
  name: 'uploadLegacyFile',
  summary: 'Ask where to send a file of a work item',
  method: 'POST',
  path: `${itemsPath}/{workItemId}/files/upload`,
  access: writesItems,
  params: itemParams,
  body: Type.Object({ fileName: Type.String(), fileSize: Type.Optional(Type.Number({ minimum: 0 })) }),
  answer: {
    status: 200,
    schema: Type.Object({ url: Type.String(), fields: Type.Record(Type.String(), Type.String()) }),
    description: 'A form goes there: the fields first, the part `file` last, without Authorization.',
  },
  handle: async ({ client, params, body: { fileName, fileSize = 0 }, facts }, domain) => {
    const { items, files } = domain.processes;
    const item = await items.getOf(client, params.processId, params.workItemId);
    const ticket = files.uploadTicket(item, fileName, fileSize, client.actor.name);
    return { url: await linkTo(ticket, facts, domain), fields: { key: fileName } };
  },
});

const listItems = workspaceOperation({
  ...declared,
  name: 'listLegacyWorkItems',
  summary: 'List the work items of a process',
  method: 'GET',
  path: itemsPath,
  access: readsItems,
  params: inWorkspace('processId'),
  query: Type.Object({ includeData: IncludeData }),
  answer: { status: 200, schema: Type.Object({ data: Type.Array(ItemShown) }), description: 'Up to a thousand.' },
  handle: async ({ client, params, query: { includeData = false } }, { processes }) => {
    const { id: processId } = await processes.get(client, params.processId);
    const { rows } = await processes.items.list(client, { processId }, readStretch(MOST), includeData);
    return { data: rows.map((item) => renderItem(item, client.workspace.uuid, includeData)) };
  },
});

const listItemsOfRun = workspaceOperation({
  ...declared,
  name: 'listLegacyWorkItemsOfRun',
  summary: 'List the work items of a run',
  method: 'GET',
  path: `${path}/processes/{processId}/runs/{processRunId}/work-items`,
  access: readsItems,
  params: inWorkspace('processId', 'processRunId'),
  query: Type.Object({
    includeData: IncludeData,
    sortBy: Type.Optional(Type.String({ maxLength: 100 })),
    sortOrder: Type.Optional(Type.Enum(['asc', 'desc'])),
  }),
  answer: { status: 200, schema: Type.Object({ data: Type.Array(ItemShown) }), description: 'Up to a thousand.' },
  handle: async ({ client, params, query: { includeData = false, sortOrder } }, { processes }) => {
    const { id: processRunId } = await processes.runs.getOf(client, params.processId, params.processRunId);
    const { rows } = await processes.items.list(client, { processRunId }, readStretch(MOST), includeData);
    const ordered = sortOrder === 'desc' ? [...rows].reverse() : rows;
    return { data: ordered.map((item) => renderItem(item, client.workspace.uuid, includeData)) };
  },
});

const getItem = workspaceOperation({
  ...declared,
  name: 'getLegacyWorkItem',
  summary: 'Read a work item',
  method: 'GET',
  path: `${itemsPath}/{workItemId}`,
  access: readsItems,
  params: itemParams,
  query: Type.Object({ includeData: IncludeData }),
  answer: { status: 200, schema: ItemShown, description: 'The work item.' },
  handle: async ({ client, params, query }, { processes }) =>
    renderItem(
      await processes.items.getOf(client, params.processId, params.workItemId),
      client.workspace.uuid,
      query.includeData ?? false,
    ),
});

const retryItem = workspaceOperation({
  ...declared,
  name: 'retryLegacyWorkItem',
  summary: 'Try a failed work item again',
  method: 'POST',
  path: `${itemsPath}/{workItemId}/retry`,
  access: writesItems,
  params: itemParams,
  answer: { status: 200, schema: Type.Object({ id: Type.String() }), description: 'It waits again.' },
  handle: async ({ client, params }, { processes }) => {
    const { id } = await processes.items.getOf(client, params.processId, params.workItemId);
    await processes.items.batch(client, 'retry', [String(id)]);
    return { id: String(id) };
  },
});

export const legacyItemOperations = [createItem, uploadFile, listItems, listItemsOfRun, getItem, retryItem];
