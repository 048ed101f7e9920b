import { type TSchema, Type } from 'typebox';
import type { Grant, Permission, Role, User, UserDetail } from '../../../domain/identity/index.ts';
import { AnyObject } from '../wire.ts';

const Moment = Type.String({ description: 'ISO 8601, UTC' });

export const UserAnswer: TSchema = Type.Object(
  {
    id: Type.Integer(),
    username: Type.String(),
    domain: Type.Union([Type.String(), Type.Null()]),
    firstName: Type.String(),
    lastName: Type.String(),
    email: Type.String(),
    version: Type.Integer(),
    principalId: Type.Integer(),
    disabled: Type.Boolean(),
    roles: Type.Array(AnyObject),
    createdOn: Moment,
    updatedOn: Moment,
  },
  { additionalProperties: true },
);

/** Contract a §3.1. Texts are never null: a client's table joins them without looking. */
export function renderUser(user: User) {
  return {
    id: user.id,
    username: user.username,
    domain: user.domain,
    firstName: user.firstName,
    lastName: user.lastName,
    version: user.version,
    principalId: user.id,
    deleted: false,
    roles: user.roles.map(({ name, id, version }) => ({ name, id, version })),
    sysAssignedRoles: [],
    groupNames: [],
    email: user.email,
    emailVerified: true,
    passwordSet: user.passwordSet,
    questionsSet: true,
    enableAutoLogin: user.enableAutoLogin,
    disabled: user.disabled,
    clientRegistered: false,
    description: user.description,
    licenseFeatures: user.licenseFeatures,
    createdBy: user.createdBy,
    createdOn: user.createdOn.toString(),
    updatedBy: user.updatedBy,
    updatedOn: user.updatedOn.toString(),
    publicKey: null,
    appType: null,
    routingName: null,
    appUrl: null,
    lastLoginTime: user.lastLoginOn?.toString() ?? null,
    deviceCredentialAttested: false,
    multipleLoginAllowed: user.multipleLoginAllowed,
  };
}

/** Single reads also say what the user may do. */
export function renderUserDetail(user: UserDetail) {
  return { ...renderUser(user), permissions: user.grants.map(renderGrant) };
}

function renderGrant({ permission, resourceId }: Grant) {
  const { id, action, resourceType } = permission;
  return { id, action, resourceId, resourceType };
}

export const RoleAnswer: TSchema = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    description: Type.String(),
    version: Type.Integer(),
    countPrincipals: Type.Integer(),
    principals: Type.Array(AnyObject),
    permissions: Type.Array(AnyObject),
    createdBy: Type.Integer({ description: '0 for the roles of the system' }),
    createdOn: Moment,
    updatedBy: Type.Integer(),
    updatedOn: Moment,
  },
  { additionalProperties: true },
);

interface Tenant {
  readonly tenantId: number;
  readonly tenantUuid: string;
}

/** Contract a §3.4, for lists and single reads alike. */
export function renderRole(role: Role, { tenantId, tenantUuid }: Tenant): object {
  const stamps = {
    createdBy: role.createdBy,
    createdOn: role.createdOn.toString(),
    updatedBy: role.updatedBy,
    updatedOn: role.updatedOn.toString(),
    tenantId,
    version: role.version,
    tenantUuid,
  };
  return {
    id: role.id,
    ...stamps,
    name: role.name,
    description: role.description,
    accessRestriction: null,
    countPrincipals: role.principals.length,
    principals: role.principals.map(({ id, username }) => ({ id, name: username, username })),
    permissions: role.grants.map((grant) => ({ ...renderGrant(grant), ...stamps })),
  };
}

export const PermissionAnswer: TSchema = Type.Object({
  id: Type.Integer(),
  action: Type.String(),
  resourceType: Type.String(),
  resourceId: Type.Null(),
});

export function renderPermission({ id, action, resourceType }: Permission): object {
  return { id, action, resourceType, resourceId: null };
}
