import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Id, ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayUpload } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

export const copyFile = operation({
  name: 'copyRepositoryFile',
  summary: 'Copy a file',
  description:
    'Into a folder of either workspace, with its pictures; its history stays behind. Needs the right to clone it.',
  module: MODULE,
  method: 'POST',
  path: '/repository/files/{id}/copy',
  versions: v2Only,
  provenance: 'observed',
  access: mayUpload,
  objects: ENTRY,
  params: ids('id'),
  body: Type.Object({
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    parentId: Id,
  }),
  answer: { status: 201, schema: EntryAnswer, description: 'The copy.' },
  handle: async ({ caller, params, body }, { repository }) =>
    renderEntry(await repository.entries.copy(caller, params.id, body.parentId, body.name), caller),
});
