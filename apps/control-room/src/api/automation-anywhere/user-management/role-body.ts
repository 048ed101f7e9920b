import { type Static, Type } from 'typebox';
import type { RoleChanges } from '../../../domain/identity/index.ts';
import { Id } from '../wire.ts';

/** Contract a §3.4. What a role's answer holds besides may come back with it and is not looked at. */
const name = Type.String({ minLength: 1, maxLength: 255 });
const permissions = Type.Array(
  Type.Object({
    id: Type.Optional(Id),
    action: Type.Optional(Type.String()),
    resourceType: Type.Optional(Type.String()),
    resourceId: Type.Optional(Type.String({ description: 'null for all objects' })),
  }),
);
const optional = {
  description: Type.Optional(Type.String({ maxLength: 255 })),
  principals: Type.Optional(Type.Array(Type.Object({ id: Id }), { description: 'The users that have the role.' })),
};

export const RoleBody = Type.Object({ name, permissions, ...optional });

export const RoleChangeBody = Type.Object({
  name: Type.Optional(name),
  permissions: Type.Optional(permissions),
  version: Type.Optional(Type.Integer()),
  ...optional,
});

/** The domain's words for either body. */
export function readRoleSettings({ principals, version: _, ...rest }: Static<typeof RoleChangeBody>): RoleChanges {
  return { ...rest, principalIds: principals?.map(({ id }) => id) };
}
