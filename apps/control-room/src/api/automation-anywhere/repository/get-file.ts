import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayView } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

export const getFile = operation({
  name: 'getRepositoryFile',
  summary: 'Read a file or folder',
  description: 'What is known of it; its content is at …/content.',
  module: MODULE,
  method: 'GET',
  path: '/repository/files/{id}',
  versions: v2Only,
  provenance: 'observed',
  access: mayView,
  objects: ENTRY,
  params: ids('id'),
  answer: { status: 200, schema: EntryAnswer, description: 'The file or folder.' },
  handle: async ({ caller, params }, { repository }) =>
    renderEntry(await repository.entries.get(caller, params.id), caller),
});
