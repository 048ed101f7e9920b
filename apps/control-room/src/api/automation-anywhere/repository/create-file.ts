import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Id, v2Only } from '../wire.ts';
import { MODULE, mayUpload } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

export const createFile = operation({
  name: 'createRepositoryFile',
  summary: 'Create a file',
  description: 'A new bot holds an empty bot; anything else is empty until its content is put.',
  module: MODULE,
  method: 'POST',
  path: '/repository/files',
  versions: v2Only,
  provenance: 'observed',
  access: mayUpload,
  body: Type.Object({
    contentType: Type.String({ minLength: 1, maxLength: 255 }),
    name: Type.String({ minLength: 1, maxLength: 255 }),
    description: Type.Optional(Type.String({ maxLength: 4_000 })),
    parentFolderId: Id,
  }),
  answer: { status: 201, schema: EntryAnswer, description: 'The file.' },
  handle: async ({ caller, body }, { repository }) => {
    const { parentFolderId: parentId, ...file } = body;
    return renderEntry(await repository.entries.createFile(caller, { ...file, parentId }), caller);
  },
});
