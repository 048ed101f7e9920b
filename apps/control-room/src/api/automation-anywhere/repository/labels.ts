import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Anything, Id, ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayLabel } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

const Label = Type.String({ minLength: 1, maxLength: 100 });
const Numbered = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

/** Only the path is known, from a third party's specification (contract a §5.3): the body is ours. */
export const assignLabelToFiles = operation({
  name: 'assignLabel',
  summary: 'Give the newest or a named version of files a label',
  description: 'PRODUCTION unless another label is named; that one needs repositorymanager.setproductionversion.',
  module: MODULE,
  method: 'POST',
  path: '/repository/files/version/assignLabel',
  versions: v2Only,
  provenance: 'inferred',
  access: mayLabel,
  body: Type.Object({
    fileId: Type.Optional(Id),
    fileIds: Type.Optional(Type.Array(Id, { maxItems: 1_000 })),
    versionNumber: Type.Optional(Numbered),
    label: Type.Optional(Label),
    // The words of other builds, wherever they may stand.
    id: Type.Optional(Id),
    version: Type.Optional(Numbered),
    tags: Type.Optional(Anything),
  }),
  answer: { status: 200, schema: Type.Object({ files: Type.Array(EntryAnswer) }), description: 'The files.' },
  handle: async ({ caller, body }, { repository }) => {
    const ids = body.fileIds ?? [body.fileId ?? body.id].filter((id) => id !== undefined);
    if (ids.length === 0) throw error('invalid', 'No file is named.', { details: 'expected fileId or fileIds' });
    const files = await repository.labels.assignAll(
      caller,
      ids,
      body.label ?? 'PRODUCTION',
      body.versionNumber ?? body.version,
    );
    return { files: files.map((file) => renderEntry(file, caller)) };
  },
});

const common = {
  module: MODULE,
  versions: v2Only,
  provenance: 'extension',
  objects: ENTRY,
  access: mayLabel,
} as const;

export const assignLabel = operation({
  ...common,
  name: 'assignLabelToVersion',
  summary: 'Give a version of a file a label',
  description: 'It stands at one version of a file; there is one PRODUCTION, and it names the production version.',
  method: 'PUT',
  path: '/repository/files/{id}/labels/{label}',
  params: Type.Object({ id: Id, label: Label }),
  body: Type.Object({ versionNumber: Type.Optional(Numbered) }),
  answer: { status: 200, schema: EntryAnswer, description: 'The file.' },
  handle: async ({ caller, params, body }, { repository }) =>
    renderEntry(await repository.labels.assign(caller, params.id, params.label, body.versionNumber), caller),
});

export const removeLabel = operation({
  ...common,
  name: 'removeLabel',
  summary: 'Take a label away',
  method: 'DELETE',
  path: '/repository/files/{id}/labels/{label}',
  params: Type.Object({ ...ids('id').properties, label: Label }),
  answer: { status: 200, schema: EntryAnswer, description: 'The file.' },
  handle: async ({ caller, params }, { repository }) =>
    renderEntry(await repository.labels.remove(caller, params.id, params.label), caller),
});
