import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { ids, v2Only } from '../wire.ts';
import { LOCKER, MODULE, mayCreateLockers, mayUseCredentials } from './access.ts';
import { LockerAnswer, renderLocker } from './render.ts';

/** Contract a §4.5. */
const common = { module: MODULE, versions: v2Only, access: mayUseCredentials, provenance: 'documented' } as const;
const path = '/credentialvault/lockers';

export const createLocker = operation({
  ...common,
  name: 'createLocker',
  summary: 'Create a locker',
  description: 'Whoever creates it owns it.',
  method: 'POST',
  path,
  access: mayCreateLockers,
  body: Type.Object({ name: Type.String(), description: Type.Optional(Type.String()) }),
  answer: { status: 201, schema: LockerAnswer, description: 'The locker.' },
  handle: async ({ caller, body }, { vault }) => renderLocker(await vault.lockers.create(caller, body)),
});

export const listLockers = operation({
  ...common,
  name: 'listLockers',
  summary: 'List lockers',
  description: 'Those in which the caller is a member or a consumer. Who administers lockers sees all.',
  method: 'POST',
  path: `${path}/list`,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(LockerAnswer), description: 'One page of lockers.' },
  handle: async ({ caller, body }, { vault }) => {
    const request = readListRequest(body);
    return renderList(await vault.lockers.list(caller, request), request, renderLocker);
  },
});

export const getLocker = operation({
  ...common,
  name: 'getLocker',
  summary: 'Read a locker',
  method: 'GET',
  path: `${path}/{id}`,
  objects: LOCKER,
  params: ids('id'),
  answer: { status: 200, schema: LockerAnswer, description: 'The locker.' },
  handle: async ({ caller, params }, { vault }) => renderLocker(await vault.lockers.get(caller, params.id)),
});

export const updateLocker = operation({
  ...common,
  name: 'updateLocker',
  summary: 'Change a locker',
  description: 'By its owners and managers. With a version, a stale one is refused.',
  method: 'PUT',
  path: `${path}/{id}`,
  objects: LOCKER,
  params: ids('id'),
  body: Type.Object({
    name: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    version: Type.Optional(Type.Integer()),
  }),
  answer: { status: 200, schema: LockerAnswer, description: 'The locker as it is now.' },
  handle: async ({ caller, params, body }, { vault }) => {
    const { version, ...changes } = body;
    return renderLocker(await vault.lockers.update(caller, params.id, changes, version));
  },
});

export const deleteLocker = operation({
  ...common,
  name: 'deleteLocker',
  summary: 'Delete a locker',
  description: 'By its owners and managers, and by who administers lockers. Its credentials stay, in no locker.',
  method: 'DELETE',
  path: `${path}/{id}`,
  objects: LOCKER,
  params: ids('id'),
  answer: { status: 204 },
  handle: ({ caller, params }, { vault }) => vault.lockers.remove(caller, params.id),
});
