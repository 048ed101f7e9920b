import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayDelete } from './access.ts';

export const deleteFile = operation({
  name: 'deleteRepositoryFile',
  summary: 'Delete a file',
  description:
    'Refused while another file refers to it, somebody has it checked out, or something runs it. It can be recovered for 30 days.',
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
