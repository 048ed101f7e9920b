import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayView } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

export const getFolder = operation({
  name: 'getFolder',
  summary: 'Read a folder',
  module: MODULE,
  method: 'GET',
  path: '/repository/folders/{id}',
  versions: v2Only,
  provenance: 'observed',
  access: mayView,
  objects: ENTRY,
  params: ids('id'),
  answer: { status: 200, schema: EntryAnswer, description: 'The folder.' },
  handle: async ({ caller, params }, { repository }) =>
    renderEntry(await repository.entries.getFolder(caller, params.id), caller),
});
