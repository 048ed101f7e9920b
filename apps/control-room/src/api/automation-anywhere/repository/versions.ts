import { type TSchema, Type } from 'typebox';
import type { Version } from '../../../domain/repository/index.ts';
import { Content, operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { Anything, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayUpload, mayView } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

/** No path of the vendor's is known for these (contract a §5.6): they are ours. */
const common = { module: MODULE, versions: v2Only, provenance: 'extension', objects: ENTRY } as const;

const Id = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Numbered = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });
const OfFile = Type.Object({ id: Id });
const OfVersion = Type.Object({ id: Id, number: Numbered });

const VersionAnswer: TSchema = Type.Object({
  fileId: Type.String(),
  versionNumber: Type.String(),
  origin: Type.String({ description: 'CREATE, SAVE, CHECK_IN, RESTORE, IMPORT, COPY, UPDATE_PACKAGES' }),
  comment: Type.String(),
  size: Type.String(),
  hash: Type.String({ description: 'SHA-256 of the content, in hex' }),
  hasErrors: Type.Boolean(),
  labels: Type.Array(Type.String()),
  createdBy: Type.String(),
  createdOn: Type.String({ description: 'ISO 8601, UTC' }),
});

function renderVersion(version: Version): object {
  const { fileId, number, origin, comment, size, hash, hasErrors, labels, createdBy, createdOn } = version;
  return {
    fileId: String(fileId),
    versionNumber: String(number),
    origin,
    comment,
    size: String(size),
    hash,
    hasErrors,
    labels,
    createdBy: String(createdBy),
    createdOn: createdOn.toString(),
  };
}

const list = { status: 200, schema: listOf(VersionAnswer), description: 'One page of versions, the newest first.' };

export const getVersions = operation({
  ...common,
  name: 'getRepositoryFileVersions',
  summary: 'Read the history of a file',
  description: 'The newest thousand versions.',
  method: 'GET',
  path: '/repository/files/{id}/versions',
  access: mayView,
  params: OfFile,
  answer: list,
  handle: async ({ caller, params }, { repository }) => {
    const request = readListRequest({});
    return renderList(await repository.versions.list(caller, params.id, request), request, renderVersion);
  },
});

export const listVersions = operation({
  ...common,
  name: 'listRepositoryFileVersions',
  summary: 'List the history of a file',
  description: 'With filter, sort and page.',
  method: 'POST',
  path: '/repository/files/{id}/versions/list',
  access: mayView,
  reads: true,
  params: OfFile,
  body: ListBody,
  answer: list,
  handle: async ({ caller, params, body }, { repository }) => {
    const request = readListRequest(body);
    return renderList(await repository.versions.list(caller, params.id, request), request, renderVersion);
  },
});

export const getVersionContent = operation({
  ...common,
  name: 'getRepositoryFileVersionContent',
  summary: 'Download an old version of a file',
  method: 'GET',
  path: '/repository/files/{id}/versions/{number}/content',
  access: mayView,
  params: OfVersion,
  answer: { status: 200, description: 'The bytes as they were put.' },
  handle: async ({ caller, params }, { repository }) => {
    const { entry, bytes } = await repository.versions.content(caller, params.id, params.number);
    return new Content(bytes, entry.contentType, entry.name);
  },
});

export const restoreVersion = operation({
  ...common,
  name: 'restoreRepositoryFileVersion',
  summary: 'Make an old version the newest',
  description: 'It becomes a new version; nothing is lost.',
  method: 'POST',
  path: '/repository/files/{id}/restore',
  access: mayUpload,
  params: OfFile,
  body: Type.Object({ versionNumber: Numbered, comment: Type.Optional(Type.String({ maxLength: 4_000 })) }),
  refuses: [409],
  answer: { status: 200, schema: EntryAnswer, description: 'The file.' },
  handle: async ({ caller, params, body }, { repository }) => {
    const { versionNumber, comment = '' } = body;
    return renderEntry(await repository.versions.restore(caller, params.id, versionNumber, comment), caller);
  },
});

export const compareVersions = operation({
  ...common,
  name: 'compareRepositoryFileVersions',
  summary: 'Compare two versions of a file',
  description:
    'Bots command by command, with the lines of the editor; other texts as a patch. Without either where a content is no text, larger than 2 MB, or too different.',
  method: 'GET',
  path: '/repository/files/{id}/compare',
  access: mayView,
  params: OfFile,
  query: Type.Object({ from: Numbered, to: Numbered }),
  answer: {
    status: 200,
    schema: Type.Object({
      from: VersionAnswer,
      to: VersionAnswer,
      identical: Type.Boolean(),
      bot: Type.Optional(Anything),
      patch: Type.Optional(Type.String()),
    }),
    description: 'What happened between them.',
  },
  handle: async ({ caller, params, query }, { repository }) => {
    const { from, to, ...difference } = await repository.versions.compare(caller, params.id, query.from, query.to);
    return { from: renderVersion(from), to: renderVersion(to), ...difference };
  },
});
