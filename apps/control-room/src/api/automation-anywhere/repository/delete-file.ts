import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayDelete } from './access.ts';

export const deleteFile = operation({
  name: 'deleteRepositoryFile',
  summary: 'Delete a file',
  description: 'Refused while a queue automation runs it.',
  module: MODULE,
  method: 'DELETE',
  path: '/repository/files/{id}',
  versions: v2Only,
  provenance: 'documented',
  access: mayDelete,
  objects: ENTRY,
  params: ids('id'),
  answer: { status: 204 },
  handle: ({ caller, params }, { repository }) => repository.entries.remove(caller, params.id, 'file'),
});
