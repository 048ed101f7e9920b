import type { Kernel } from '../../kernel/kernel.ts';
import type { Page, Selection } from '../../kernel/selection.ts';
import { type ApiKeys, createApiKeys } from './api-keys.ts';
import { type Authentication, createAuthentication } from './authentication.ts';
import { createDatabaseClock } from './clock.ts';
import { type FirstStart, prepareIdentity } from './first-start.ts';
import { type ChangeOwnPassword, createOwnPassword } from './own-password.ts';
import type { PasswordPolicy } from './password-policy.ts';
import { createPasswords } from './passwords.ts';
import { listPermissions } from './permission-catalogue.ts';
import type { Permission } from './permissions.ts';
import { createRoles, type Roles } from './roles.ts';
import { createSessions, forgetOldSessions } from './sessions.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createThrottle, forgetOldFailures } from './throttle.ts';
import { createTokens } from './tokens.ts';
import { createUsers, type Users } from './users.ts';

export interface IdentityOptions extends FirstStart {
  readonly passwordPolicy: PasswordPolicy;
  readonly tenantUuid: string;
}

/** Who somebody is, and what he may do. */
export interface Identity extends Authentication {
  readonly users: Users;
  readonly roles: Roles;
  readonly apiKeys: ApiKeys;
  /** All that a role can hold. */
  permissions(selection: Selection): Promise<Page<Permission>>;
  readonly signingKeys: Pick<SigningKeys, 'jwks' | 'rotate'>;
  readonly changeOwnPassword: ChangeOwnPassword;
  /** For whoever shows names: also of deleted users; 0 is the system. */
  readonly usernames: Users['usernames'];
  /** The administrator's password, if this very start made it. */
  readonly madeAdminPassword: string | undefined;
  /** A background duty: deletes sessions and counts of failures that mean nothing any more. Answers how many. */
  sweep(): Promise<number>;
}

/**
 * Writes what a first start needs (safe beside other replicas), and from then on remembers sessions and rights until they
 * change.
 */
export async function createIdentity(
  { database, wakeUps, sealer }: Kernel,
  options: IdentityOptions,
): Promise<Identity> {
  const { passwordPolicy, tenantUuid } = options;
  const clock = createDatabaseClock(database, wakeUps);
  const passwords = createPasswords();
  const throttle = createThrottle();
  const sessions = createSessions(database, wakeUps);
  const signingKeys = createSigningKeys(database, wakeUps, sealer, clock);
  const tokens = createTokens(signingKeys, clock, tenantUuid);
  const apiKeys = createApiKeys(database, sessions);
  // What has been written here counts here at once; the other replicas learn of it by the wake-up.
  const onChanged = (userIds: readonly number[]): void => authentication.forgetUsers(userIds);
  const users = createUsers({ database, passwords, sessions, passwordPolicy, onChanged });
  const authentication = createAuthentication({
    database,
    wakeUps,
    passwords,
    sessions,
    tokens,
    throttle,
    apiKeys,
    users,
  });
  const madeAdminPassword = await prepareIdentity(database, passwords, signingKeys, options);
  return {
    madeAdminPassword,
    authenticate: authentication.authenticate,
    logIn: authentication.logIn,
    isValid: authentication.isValid,
    refresh: authentication.refresh,
    logOut: authentication.logOut,
    users,
    roles: createRoles(database, onChanged),
    apiKeys,
    permissions: (selection) => listPermissions(database, selection),
    signingKeys,
    changeOwnPassword: createOwnPassword({ database, passwords, sessions, throttle, passwordPolicy }),
    usernames: users.usernames,
    sweep: async () => (await forgetOldSessions(database)) + (await forgetOldFailures(database)),
  };
}

export type { ApiKey } from './api-keys.ts';
export type { Credentials, LoggedIn, Origin } from './authentication.ts';
export { type Caller, SYSTEM } from './caller.ts';
export { LICENSE_FEATURES, type LicenseFeature } from './license-features.ts';
export type { PasswordPolicy } from './password-policy.ts';
export { ADMIN_ROLE, PERMISSIONS, type Permission, type PermissionName } from './permissions.ts';
export type { Grant } from './rights.ts';
export type { GivenPermission } from './role-permissions.ts';
export type { Role, RoleChanges, RoleSettings } from './roles.ts';
export type { User, UserChanges, UserDetail, UserSettings } from './users.ts';
