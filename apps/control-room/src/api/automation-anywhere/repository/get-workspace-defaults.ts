import { type TSchema, Type } from 'typebox';
import { PUBLIC_FOLDERS, type WorkspaceFolders } from '../../../domain/repository/index.ts';
import { operation } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { MODULE, mayView } from './access.ts';

/** The vendor's shape is not known (contract a §5.3): ours names everything that a caller may start from. */
const Folders: TSchema = Type.Object({
  workspaceId: Type.String(),
  rootFolderId: Type.String(),
  folderId: Type.String({ description: 'Automation Anywhere\\Bots' }),
});

export const getWorkspaceDefaults = operation({
  name: 'getWorkspaceDefaults',
  summary: 'Read where the workspaces begin',
  description: 'Makes the private workspace of a Bot Creator who has none yet.',
  module: MODULE,
  method: 'GET',
  path: '/repository/workspace/defaults',
  versions: v2Only,
  provenance: 'observed',
  access: mayView,
  answer: {
    status: 200,
    schema: Type.Object({
      workspaceId: Type.String(),
      rootFolderId: Type.String(),
      folderId: Type.String(),
      public: Folders,
      private: Type.Union([Folders, Type.Null()]),
    }),
    description: 'The public workspace, and the own private one or null.',
  },
  handle: async ({ caller }, { repository }) => {
    const own = await repository.workspaces.privateFolders(caller);
    const shared = render(PUBLIC_FOLDERS);
    return { ...shared, public: shared, private: own ? render(own) : null };
  },
});

function render({ rootId, botsId }: WorkspaceFolders): object {
  return { workspaceId: String(rootId), rootFolderId: String(rootId), folderId: String(botsId) };
}
