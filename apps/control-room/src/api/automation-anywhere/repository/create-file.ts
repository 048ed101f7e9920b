import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Anything, Id, v2Only } from '../wire.ts';
import { MODULE, mayUpload } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

export const createFile = operation({
  name: 'createRepositoryFile',
  summary: 'Create a file',
  description:
    'A new bot holds an empty bot; anything else is empty until its content is put. With metadata and parentFileId it is a picture that belongs to a bot.',
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
    parentFolderId: Type.Optional(Id),
    metadata: Type.Optional(Type.Boolean()),
    parentFileId: Type.Optional(Id),
    isExpirable: Type.Optional(Type.Boolean({ description: 'not looked at' })),
    tags: Type.Optional(Anything),
  }),
  answer: { status: 201, schema: EntryAnswer, description: 'The file.' },
  handle: async ({ caller, body }, { repository }) => {
    const { contentType, name, description = '', parentFolderId, parentFileId, metadata = false } = body;
    const file = { contentType, name, description };
    if (metadata) {
      if (parentFileId === undefined) throw missing('parentFileId', 'the id of the bot that the metadata belongs to');
      return renderEntry(await repository.metadata.create(caller, parentFileId, file), caller);
    }
    if (parentFolderId === undefined) throw missing('parentFolderId', 'the id of a folder');
    return renderEntry(await repository.entries.createFile(caller, { ...file, parentId: parentFolderId }), caller);
  },
});

function missing(field: string, expected: string): Error {
  return error('invalid', `${field} is missing.`, { details: `expected ${expected}` });
}
