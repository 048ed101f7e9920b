import { type TSchema, Type } from 'typebox';
import type { DeletedFile } from '../../../domain/repository/index.ts';
import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { Id, v2Only } from '../wire.ts';
import { MODULE, mayDelete } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

const common = { module: MODULE, method: 'POST', versions: v2Only, access: mayDelete } as const;

/** Only the path is known (contract a §5.3, §15 no. 4): it answers the items that it touched. */
export const recoverFiles = operation({
  ...common,
  name: 'recoverFiles',
  summary: 'Put deleted files back',
  description: 'Where they were, with their ids, versions and labels. All or none.',
  path: '/repository/recover',
  provenance: 'inferred',
  body: Type.Object({ fileIds: Type.Array(Id, { minItems: 1, maxItems: 500 }) }),
  refuses: [404, 409],
  answer: { status: 200, schema: Type.Object({ files: Type.Array(EntryAnswer) }), description: 'The files.' },
  handle: async ({ caller, body }, { repository }) => {
    const files = await repository.entries.recover(caller, body.fileIds);
    return { files: files.map((file) => renderEntry(file, caller)) };
  },
});

const DeletedAnswer: TSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  path: Type.String(),
  type: Type.String(),
  size: Type.String(),
  workspaceType: Type.String(),
  deletedBy: Type.String(),
  deletedOn: Type.String({ description: 'ISO 8601, UTC' }),
  keptUntil: Type.String({ description: 'ISO 8601, UTC; after that it is forgotten' }),
});

export const listDeletedFiles = operation({
  ...common,
  name: 'listDeletedFiles',
  summary: 'List what was deleted and can be recovered',
  path: '/repository/deleted/list',
  provenance: 'extension',
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(DeletedAnswer), description: 'One page of deleted files.' },
  handle: async ({ caller, body }, { repository }) => {
    const request = readListRequest(body);
    return renderList(await repository.entries.listDeleted(caller, request), request, renderDeleted);
  },
});

function renderDeleted(file: DeletedFile): object {
  return {
    id: String(file.id),
    name: file.name,
    path: file.path,
    type: file.contentType,
    size: String(file.size),
    workspaceType: file.workspace,
    deletedBy: String(file.deletedBy),
    deletedOn: file.deletedOn.toString(),
    keptUntil: file.keptUntil.toString(),
  };
}
