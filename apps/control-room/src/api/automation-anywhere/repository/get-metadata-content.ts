import { Type } from 'typebox';
import { Content, operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayView } from './access.ts';

export const getMetadataContent = operation({
  name: 'getRepositoryFileMetadata',
  summary: 'Download a picture that is kept beside a bot',
  description: 'By its name, or by the path under which the bot knows it.',
  module: MODULE,
  method: 'GET',
  path: '/repository/files/{id}/metadata/content',
  versions: v2Only,
  provenance: 'observed',
  access: mayView,
  objects: ENTRY,
  params: ids('id'),
  query: Type.Object({ path: Type.String({ minLength: 1, maxLength: 4_000 }) }),
  answer: { status: 200, description: 'The bytes as they were put.' },
  handle: async ({ caller, params, query }, { repository }) => {
    const { entry, bytes } = await repository.metadata.content(caller, params.id, query.path);
    return new Content(bytes, entry.contentType, entry.name);
  },
});
