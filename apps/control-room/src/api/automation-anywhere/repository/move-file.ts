import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Id, ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayUpload } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

export const moveFile = operation({
  name: 'moveRepositoryFile',
  summary: 'Move or rename a file or folder',
  description: 'Inside its workspace. Refused while another file refers to it, for bots name one another by path.',
  module: MODULE,
  method: 'POST',
  path: '/repository/files/{id}/move',
  versions: v2Only,
  provenance: 'extension',
  access: mayUpload,
  objects: ENTRY,
  params: ids('id'),
  body: Type.Object({
    parentFolderId: Type.Optional(Id),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  }),
  refuses: [409],
  answer: { status: 200, schema: EntryAnswer, description: 'The file or folder where it is now.' },
  handle: async ({ caller, params, body }, { repository }) => {
    const move = { parentId: body.parentFolderId, name: body.name };
    return renderEntry(await repository.entries.move(caller, params.id, move), caller);
  },
});
