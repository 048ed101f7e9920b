import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayUpload } from './access.ts';
import { EntryScalars, renderScalars } from './render.ts';

export const putContent = operation({
  name: 'putRepositoryFileContent',
  summary: 'Save the content of a file',
  description: 'Up to 32 MiB, kept byte for byte. A bot must be a JSON object.',
  module: MODULE,
  method: 'PUT',
  path: '/repository/files/{id}/content',
  versions: v2Only,
  provenance: 'observed',
  access: mayUpload,
  objects: ENTRY,
  params: ids('id'),
  query: Type.Object({
    hasErrors: Type.Optional(Type.Boolean({ description: 'Whether whoever saved it knows of errors in it.' })),
  }),
  body: 'bytes',
  answer: { status: 200, schema: EntryScalars, description: 'The file, with single values only.' },
  handle: async ({ caller, params, query, body }, { repository }) =>
    // `bytes` is a Buffer; typebox's widest schema type takes in every value, so the declaration cannot say it.
    renderScalars(await repository.putContent(caller, params.id, body as Buffer, query.hasErrors ?? false)),
});
