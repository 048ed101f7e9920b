import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayView } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

/** The three ways to list the repository (contract a §5.3); their items are alike. */
const common = {
  module: MODULE,
  method: 'POST',
  versions: v2Only,
  provenance: 'documented',
  access: mayView,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(EntryAnswer), description: 'One page of files and folders.' },
} as const;

export const listFiles = operation({
  ...common,
  name: 'listRepositoryFiles',
  summary: 'List all files and folders',
  description: 'Everything that the caller may see, of both workspaces.',
  path: '/repository/file/list',
  handle: async ({ caller, body }, { repository }) => {
    const request = readListRequest(body);
    return renderList(await repository.entries.list(caller, request), request, (entry) => renderEntry(entry, caller));
  },
});

export const listFolder = operation({
  ...common,
  name: 'listFolder',
  summary: 'List what stands in a folder',
  description: 'Only what stands in it directly.',
  path: '/repository/folders/{id}/list',
  objects: ENTRY,
  params: ids('id'),
  handle: async ({ caller, params, body }, { repository }) => {
    const request = readListRequest(body);
    const page = await repository.entries.listFolder(caller, params.id, request);
    return renderList(page, request, (entry) => renderEntry(entry, caller));
  },
});

export const listWorkspace = operation({
  ...common,
  name: 'listWorkspaceFiles',
  summary: 'List the files and folders of a workspace',
  description: 'At any depth. The private workspace is the own one and comes with the licence DEVELOPMENT.',
  path: '/repository/workspaces/{type}/files/list',
  params: Type.Object({ type: Type.Enum(['public', 'private']) }),
  handle: async ({ caller, params, body }, { repository }) => {
    const request = readListRequest(body);
    if (params.type === 'private') await repository.workspaces.requirePrivate(caller);
    const workspace = params.type === 'private' ? 'PRIVATE' : 'PUBLIC';
    const page = await repository.entries.listWorkspace(caller, workspace, request);
    return renderList(page, request, (entry) => renderEntry(entry, caller));
  },
});
