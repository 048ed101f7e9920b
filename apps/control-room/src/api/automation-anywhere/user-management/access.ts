import type { Objects, Version } from '../../operation.ts';

/** Contract a §13.3. */
export const mayViewUsers = { anyOf: ['usermanagement.usermanagement'] } as const;
export const mayCreateUsers = { anyOf: ['usermanagement.createuser'] } as const;
export const mayUpdateUsers = { anyOf: ['usermanagement.updateuser'] } as const;
export const mayDeleteUsers = { anyOf: ['usermanagement.deleteuser'] } as const;
export const mayViewRoles = { anyOf: ['rolesmanagement.rolesview'] } as const;
export const mayManageRoles = { anyOf: ['rolesmanagement.rolesmanagement'] } as const;

export const USER: Readonly<Record<string, Objects>> = { id: { kind: 'user', visibleTo: 'everyone' } };
export const ROLE: Readonly<Record<string, Objects>> = { id: { kind: 'role', visibleTo: 'everyone' } };

/** The documentation names the module v2, its paths and all clients use v1 (contract a §3). */
export const versions: readonly Version[] = [{ name: 'v1' }, { name: 'v2', provenance: 'inferred' }];

/** What every operation of the module shares. */
export const common = { module: 'User Management', versions } as const;
