import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Id, v2Only } from '../wire.ts';
import { MODULE, mayExport } from './access.ts';
import { Receipt } from './render.ts';

/** What both exports are told beside their files. */
export const ABOUT = {
  name: Type.String({ description: 'what the archive is called' }),
  includePackages: Type.Optional(Type.Boolean()),
  archivePassword: Type.Optional(Type.String({ description: 'encrypts the archive with AES-256; kept nowhere' })),
  includeGlobalValues: Type.Optional(
    Type.Boolean({ description: 'accepted; global values are the installation’s own and do not go along' }),
  ),
};

export const exportFiles = operation({
  name: 'exportFiles',
  summary: 'Export bots and files',
  description:
    'What the files need goes along, as far as the caller may look into it. Done in the background: ask for its status.',
  module: MODULE,
  method: 'POST',
  path: '/blm/export',
  versions: v2Only,
  provenance: 'documented',
  access: mayExport,
  refuses: [404, 429],
  body: Type.Object({ ...ABOUT, fileIds: Type.Array(Id, { minItems: 1, maxItems: 10_000 }) }),
  answer: { status: 202, schema: Receipt },
  handle: async ({ caller, body }, { lifecycle }) => ({
    requestId: await lifecycle.export(caller, {
      name: body.name,
      files: body.fileIds.map((fileId) => ({ fileId })),
      includePackages: body.includePackages ?? false,
      includeGlobalValues: body.includeGlobalValues ?? false,
      password: body.archivePassword,
    }),
  }),
});
