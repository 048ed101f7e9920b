import { Content, operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayView } from './access.ts';

export const getContent = operation({
  name: 'getRepositoryFileContent',
  summary: 'Download a file',
  module: MODULE,
  method: 'GET',
  path: '/repository/files/{id}/content',
  versions: v2Only,
  provenance: 'observed',
  access: mayView,
  objects: ENTRY,
  params: ids('id'),
  answer: { status: 200, description: 'The bytes as they were put, with the type of the file.' },
  handle: async ({ caller, params }, { repository }) => {
    const { entry, bytes } = await repository.entries.content(caller, params.id);
    // As an attachment: what one user uploads must not run as a page in another's browser.
    return new Content(bytes, entry.contentType, entry.name);
  },
});
