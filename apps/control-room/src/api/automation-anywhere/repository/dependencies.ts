import { type TSchema, Type } from 'typebox';
import type { Caller } from '../../../domain/identity/index.ts';
import type { Dependency } from '../../../domain/repository/index.ts';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Id, ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayUpload, mayView } from './access.ts';
import { EntryAnswer, entryProperties, renderEntry } from './render.ts';

const common = { module: MODULE, versions: v2Only, provenance: 'observed' } as const;
const ofFile = { objects: ENTRY, params: ids('id') } as const;

const DependencyAnswer: TSchema = Type.Object({
  ...entryProperties,
  requiredByFileId: Type.String(),
  dependencyType: Type.String({ description: 'SCANNED: it stands in the bot; MANUAL: somebody said so' }),
});
const answer = {
  status: 200,
  schema: Type.Object({ dependencies: Type.Array(DependencyAnswer) }),
  description: 'The files that are needed, as far as the caller sees them.',
} as const;
const ChildFiles = Type.Object({ childFileIds: Type.Array(Id, { maxItems: 5_000 }) });

function render(dependencies: readonly Dependency[], caller: Caller): object {
  return {
    dependencies: dependencies.map(({ entry, requiredBy, kind }) => ({
      ...renderEntry(entry, caller),
      requiredByFileId: String(requiredBy),
      dependencyType: kind,
    })),
  };
}

export const getDependencies = operation({
  ...common,
  ...ofFile,
  name: 'getDependencies',
  summary: 'Read which files a file needs',
  description: 'What its newest version names, and what was set.',
  method: 'GET',
  path: '/repository/files/{id}/dependencies',
  access: mayView,
  answer,
  handle: async ({ caller, params }, { repository }) =>
    render(await repository.dependencies.list(caller, params.id), caller),
});

export const setDependencies = operation({
  ...common,
  ...ofFile,
  name: 'setDependencies',
  summary: 'Set which files a file needs',
  description: 'Beside those that it names itself.',
  method: 'PUT',
  path: '/repository/files/{id}/dependencies',
  access: mayUpload,
  body: ChildFiles,
  answer,
  handle: async ({ caller, params, body }, { repository }) =>
    render(await repository.dependencies.setManual(caller, params.id, body.childFileIds), caller),
});

export const setDependenciesInWorkspace = operation({
  ...common,
  name: 'setDependenciesInWorkspace',
  summary: 'Set which files a file needs, naming its workspace',
  description: 'The same call; the workspace must be the one that the file is in.',
  method: 'PUT',
  path: '/repository/files/{id}/dependencies/{workspaceId}',
  provenance: 'inferred',
  objects: { ...ENTRY, workspaceId: { kind: 'repositoryEntry', visibleTo: 'everyone' } },
  params: ids('id', 'workspaceId'),
  access: mayUpload,
  body: ChildFiles,
  answer,
  handle: async ({ caller, params, body }, { repository }) => {
    const { workspaceId, path } = await repository.entries.get(caller, params.id);
    if (workspaceId !== params.workspaceId) {
      throw error('invalid', `${path} is not in the workspace ${params.workspaceId}.`, {
        details: `expected ${workspaceId}`,
      });
    }
    return render(await repository.dependencies.setManual(caller, params.id, body.childFileIds), caller);
  },
});

export const listDependencies = operation({
  ...common,
  name: 'listDependencies',
  summary: 'Read which files several files need',
  method: 'POST',
  path: '/repository/dependencies',
  access: mayView,
  reads: true,
  body: Type.Object({ fileIds: Type.Array(Id, { maxItems: 5_000 }) }),
  answer,
  handle: async ({ caller, body }, { repository }) =>
    render(await repository.dependencies.listAll(caller, body.fileIds), caller),
});

export const getParents = operation({
  ...common,
  ...ofFile,
  name: 'getParents',
  summary: 'Read which files use a file',
  description: 'In their newest version, as far as the caller sees them.',
  method: 'GET',
  path: '/repository/files/{id}/parents',
  provenance: 'inferred',
  access: mayView,
  answer: {
    status: 200,
    schema: Type.Object({ parents: Type.Array(EntryAnswer) }),
    description: 'The files that need it.',
  },
  handle: async ({ caller, params }, { repository }) => {
    const parents = await repository.dependencies.parents(caller, params.id);
    return { parents: parents.map((entry) => renderEntry(entry, caller)) };
  },
});
