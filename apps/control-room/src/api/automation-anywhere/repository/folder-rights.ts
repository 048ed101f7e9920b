import { type TSchema, Type } from 'typebox';
import {
  FOLDER_RIGHTS,
  type FolderRight,
  type RightsInFolder,
  type RoleFolders,
} from '../../../domain/repository/index.ts';
import { type Objects, operation } from '../../operation.ts';
import { Anything, ids, v2Only } from '../wire.ts';
import { MODULE } from './access.ts';
import { readFolderRights } from './folder-rights-body.ts';

/** The rights of a role on folders (contract a §3.5). The paths are a client's; what stands in them is inferred (§15 no. 19). */
const ROLE: Readonly<Record<string, Objects>> = { roleId: { kind: 'role', visibleTo: 'everyone' } };
const common = { module: MODULE, versions: v2Only, provenance: 'observed' } as const;
const maySee = { anyOf: ['rolesmanagement.rolesview'] } as const;
const maySet = { anyOf: ['rolesmanagement.rolesmanagement'] } as const;

const Rights: TSchema = Type.Record(Type.String(), Type.Boolean(), { description: 'by right' });
const RoleAnswer: TSchema = Type.Object({
  roleId: Type.String(),
  restricted: Type.Boolean({ description: 'false: what the general permissions of the role give, on every folder' }),
  version: Type.Integer(),
  folders: Type.Array(Type.Object({ folderId: Type.String(), permission: Rights })),
});

function renderRole({ roleId, restricted, version, folders }: RoleFolders): object {
  return {
    roleId: String(roleId),
    restricted,
    version,
    folders: folders.map(({ folderId, rights }) => ({ folderId: String(folderId), permission: renderRights(rights) })),
  };
}

/** The words of our list, and those of an item's `permission` object that mean the same. */
function renderRights(rights: Readonly<Record<FolderRight, boolean>>): object {
  return {
    ...Object.fromEntries(FOLDER_RIGHTS.map((right) => [right, rights[right]])),
    upload: rights.checkIn,
    download: rights.viewContent,
    editContent: rights.checkOut,
    execute: rights.run,
  };
}

export const getFolderRights = operation({
  ...common,
  name: 'getFolderRightsOfRole',
  summary: 'Read what a role may do in a folder',
  method: 'GET',
  path: '/repository/role/{roleId}/folder/{folderId}/permissions',
  access: maySee,
  objects: { ...ROLE, folderId: { kind: 'repositoryFolder', visibleTo: 'everyone' } },
  params: ids('roleId', 'folderId'),
  answer: {
    status: 200,
    schema: Type.Object({
      roleId: Type.String(),
      folderId: Type.String(),
      restricted: Type.Boolean(),
      decidedBy: Type.Union([Type.String(), Type.Null()], { description: 'the folder whose entry counts here' }),
      permission: Rights,
    }),
    description: 'Its rights there, with those that it has from folders above.',
  },
  handle: async ({ caller, params }, { repository }) =>
    renderInFolder(await repository.folderRights.inFolder(caller, params.roleId, params.folderId)),
});

function renderInFolder({ roleId, folderId, restricted, decidedBy, rights }: RightsInFolder): object {
  return {
    roleId: String(roleId),
    folderId: String(folderId),
    restricted,
    decidedBy: decidedBy === undefined ? null : String(decidedBy),
    permission: renderRights(rights),
  };
}

export const setFolderRights = operation({
  ...common,
  name: 'setFolderRightsOfRole',
  summary: 'Set what a role may do in folders',
  description:
    'All of its folders at once: a folder that is not named is one it has no rights on. Until this is called for the first time, a role has on every folder what its general permissions give.',
  method: 'PUT',
  path: '/repository/role/{roleId}/permissions',
  access: maySet,
  objects: ROLE,
  params: ids('roleId'),
  body: Anything,
  refuses: [409],
  answer: { status: 201, schema: RoleAnswer, description: 'The rights as they are now.' },
  handle: async ({ caller, params, body }, { repository }) => {
    const { entries, version } = readFolderRights(body);
    return renderRole(await repository.folderRights.set(caller, params.roleId, entries, version));
  },
});

export const listFolderRights = operation({
  ...common,
  name: 'listFolderRightsOfRole',
  summary: 'Read what a role may do in folders',
  description: 'All that was set.',
  method: 'GET',
  path: '/repository/role/{roleId}/permissions',
  provenance: 'extension',
  access: maySee,
  objects: ROLE,
  params: ids('roleId'),
  answer: { status: 200, schema: RoleAnswer, description: 'Its rights by folder.' },
  handle: async ({ params }, { repository }) => renderRole(await repository.folderRights.of(params.roleId)),
});

export const clearFolderRights = operation({
  ...common,
  name: 'clearFolderRightsOfRole',
  summary: 'Give a role no rights of its own on folders',
  description: 'It has again on every folder what its general permissions give.',
  method: 'DELETE',
  path: '/repository/role/{roleId}/permissions',
  provenance: 'extension',
  access: maySet,
  objects: ROLE,
  params: ids('roleId'),
  answer: { status: 200, schema: RoleAnswer, description: 'The role without rights by folder.' },
  handle: async ({ caller, params }, { repository }) =>
    renderRole(await repository.folderRights.clear(caller, params.roleId)),
});
