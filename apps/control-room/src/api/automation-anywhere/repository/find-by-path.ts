import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { MODULE, mayView } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

export const findByPath = operation({
  name: 'findRepositoryFileByPath',
  summary: 'Find a file or folder of the public workspace by its path',
  description: 'With backslashes or slashes, in any letter case.',
  module: MODULE,
  method: 'POST',
  path: '/repository/workspaces/public/files/bypath',
  versions: v2Only,
  provenance: 'observed',
  access: mayView,
  reads: true,
  body: Type.Object({ path: Type.String({ minLength: 1, maxLength: 4_000 }) }),
  answer: { status: 200, schema: EntryAnswer, description: 'The file or folder.' },
  handle: async ({ caller, body }, { repository }) =>
    renderEntry(await repository.entries.byPath(caller, body.path), caller),
});
