import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { linkTo } from '../links.ts';
import { inWorkspace } from '../wire.ts';
import { declared } from './declared.ts';

const path = '/json-v1/workspaces/{workspaceId}/workitems/{workItemId}/files';

const listFiles = workspaceOperation({
  ...declared,
  name: 'listRobotFiles',
  summary: 'List the files of a work item',
  method: 'GET',
  path,
  params: inWorkspace('workItemId'),
  answer: {
    status: 200,
    schema: Type.Array(Type.Object({ fileId: Type.String(), fileName: Type.String() })),
    description: 'All of them.',
  },
  handle: async ({ client, params }, { processes }) => {
    const files = await processes.robots.items.files(client, params.workItemId);
    return files.map(({ id, name }) => ({ fileId: id, fileName: name }));
  },
});

const getFile = workspaceOperation({
  ...declared,
  name: 'getRobotFile',
  summary: 'Where a file of a work item is fetched',
  method: 'GET',
  path: `${path}/{fileId}`,
  params: inWorkspace('workItemId', 'fileId'),
  answer: { status: 200, schema: Type.Object({ url: Type.String() }), description: 'Without Authorization.' },
  handle: async ({ client, params, facts }, domain) => {
    const { robots, files } = domain.processes;
    const item = await robots.items.open(client, params.workItemId);
    await files.require(item.id, params.fileId);
    return { url: await linkTo(files.downloadTicket(params.fileId), facts, domain) };
  },
});

const addFile = workspaceOperation({
  ...declared,
  name: 'addRobotFile',
  summary: 'Ask where to send a file of a work item',
  method: 'POST',
  path,
  params: inWorkspace('workItemId'),
  body: Type.Object({ fileName: Type.String(), fileSize: Type.Optional(Type.Number({ minimum: 0 })) }),
  answer: {
    status: 201,
    schema: Type.Object({ url: Type.String(), fields: Type.Record(Type.String(), Type.String()) }),
    description: 'A form goes there: the fields first, the part `file` last, without Authorization.',
  },
  handle: async ({ client, params, body: { fileName, fileSize = 0 }, facts }, domain) => {
    const { robots, files } = domain.processes;
    const item = await robots.items.open(client, params.workItemId);
    const ticket = files.uploadTicket(item, fileName, fileSize, client.actor.name);
    return { url: await linkTo(ticket, facts, domain), fields: { key: fileName } };
  },
});

const deleteFile = workspaceOperation({
  ...declared,
  name: 'deleteRobotFile',
  summary: 'Delete a file of a work item',
  method: 'DELETE',
  path: `${path}/{fileId}`,
  params: inWorkspace('workItemId', 'fileId'),
  answer: { status: 200, description: 'It is gone.' },
  handle: async ({ client, params }, { processes }) => {
    const item = await processes.robots.items.open(client, params.workItemId);
    await processes.files.remove(item.id, params.fileId, client.actor);
    return {};
  },
});

export const robotFileOperations = [listFiles, getFile, addFile, deleteFile];
