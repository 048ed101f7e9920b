import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayCreateFolders, mayDelete, mayRenameFolders } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

/** Three methods of one path, seen only in a third party's specification; the bodies are inferred (contract a §5.3). */
const common = {
  module: MODULE,
  path: '/repository/folders/{id}',
  versions: v2Only,
  provenance: 'inferred',
  objects: ENTRY,
  params: ids('id'),
} as const;

const Name = Type.String({ minLength: 1, maxLength: 255 });

export const createFolder = operation({
  ...common,
  name: 'createFolder',
  summary: 'Create a folder in a folder',
  method: 'POST',
  access: mayCreateFolders,
  body: Type.Object({ name: Name, description: Type.Optional(Type.String({ maxLength: 4_000 })) }),
  answer: { status: 201, schema: EntryAnswer, description: 'The new folder.' },
  handle: async ({ caller, params, body }, { repository }) =>
    renderEntry(await repository.entries.createFolder(caller, params.id, body.name, body.description), caller),
});

export const renameFolder = operation({
  ...common,
  name: 'renameFolder',
  summary: 'Rename an empty folder',
  description: 'The product renames only empty folders.',
  method: 'PUT',
  access: mayRenameFolders,
  body: Type.Object({ name: Name }),
  answer: { status: 200, schema: EntryAnswer, description: 'The folder with its new name.' },
  handle: async ({ caller, params, body }, { repository }) =>
    renderEntry(await repository.entries.renameFolder(caller, params.id, body.name), caller),
});

export const deleteFolder = operation({
  ...common,
  name: 'deleteFolder',
  summary: 'Delete an empty folder',
  method: 'DELETE',
  access: mayDelete,
  answer: { status: 204 },
  handle: ({ caller, params }, { repository }) => repository.entries.remove(caller, params.id, 'folder'),
});
