import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Id, v2Only } from '../wire.ts';
import { MODULE, mayExport } from './access.ts';
import { ABOUT } from './export-files.ts';
import { Receipt } from './render.ts';

export const exportVersions = operation({
  name: 'exportVersions',
  summary: 'Export chosen versions of bots and files',
  description:
    'Each file in the version with a number or a label, else in its newest. What it calls comes with the same label where it has one.',
  module: MODULE,
  method: 'POST',
  path: '/blm/export/version',
  versions: v2Only,
  // The path is documented, the body is our own (contract a §15 no. 12).
  provenance: 'inferred',
  access: mayExport,
  refuses: [404, 429],
  body: Type.Object({
    ...ABOUT,
    files: Type.Array(
      Type.Object({
        fileId: Id,
        label: Type.Optional(Type.String({ maxLength: 100 })),
        version: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
      }),
      { minItems: 1, maxItems: 10_000 },
    ),
  }),
  answer: { status: 202, schema: Receipt },
  handle: async ({ caller, body }, { lifecycle }) => ({
    requestId: await lifecycle.export(caller, {
      name: body.name,
      files: body.files,
      includePackages: body.includePackages ?? false,
      includeGlobalValues: body.includeGlobalValues ?? false,
      password: body.archivePassword,
    }),
  }),
});
