import { type Static, Type } from 'typebox';
import type { UserChanges } from '../../../domain/identity/index.ts';
import { Id } from '../wire.ts';

/** Contract a §3.2. The lengths are the documentation's. */
const optional = {
  domain: Type.Optional(
    Type.String({ maxLength: 255, description: '"" for local users; else a user of a directory, without a password' }),
  ),
  firstName: Type.Optional(Type.String({ maxLength: 50 })),
  lastName: Type.Optional(Type.String({ maxLength: 50 })),
  description: Type.Optional(Type.String({ maxLength: 255 })),
  password: Type.Optional(Type.String()),
  enableAutoLogin: Type.Optional(Type.Boolean()),
  disabled: Type.Optional(Type.Boolean()),
  multipleLoginAllowed: Type.Optional(Type.Boolean({ description: 'Whether the user may have several sessions.' })),
  licenseFeatures: Type.Optional(Type.Array(Type.String())),
};
const username = Type.String({ minLength: 1, maxLength: 255, description: 'Kept in lower case.' });
const email = Type.String({ maxLength: 255 });
const roles = Type.Array(Type.Object({ id: Id }));

export const UserBody = Type.Object({ username, email, roles, ...optional });

export const UserChangeBody = Type.Object({
  username: Type.Optional(username),
  email: Type.Optional(email),
  roles: Type.Optional(roles),
  version: Type.Optional(Type.Integer()),
  ...optional,
});

/** The domain's words for either body. */
export function readUserSettings({ roles, version: _, ...rest }: Static<typeof UserChangeBody>): UserChanges {
  return { ...rest, roleIds: roles?.map(({ id }) => id) };
}
