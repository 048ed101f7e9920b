import type { Kernel } from '../../kernel/kernel.ts';
import type { Page, Selection } from '../../kernel/selection.ts';
import { type ApiKeys, createApiKeys } from './api-keys.ts';
import { type Authentication, createAuthentication } from './authentication.ts';
import { createDatabaseClock } from './clock.ts';
import { type FirstStart, prepareIdentity } from './first-start.ts';
import { createLicenses, type Licenses } from './licenses.ts';
import { type ChangeOwnPassword, createOwnPassword } from './own-password.ts';
import type { PasswordPolicy } from './password-policy.ts';
import { createPasswords } from './passwords.ts';
import { listPermissions } from './permission-catalogue.ts';
import type { Permission } from './permissions.ts';
import { createRoles, type Roles } from './roles.ts';
import { createSessions, forgetOldSessions } from './sessions.ts';
import { createSigningKeys, type SigningKeys, TOKEN_SECONDS } from './signing-keys.ts';
import { createTaskTokens, type TaskTokens } from './task-tokens.ts';
import { createThrottle, forgetOldFailures } from './throttle.ts';
import { createTokens } from './tokens.ts';
import { createUsers, type Users } from './users.ts';

export interface IdentityOptions extends FirstStart {
  readonly passwordPolicy: PasswordPolicy;
  readonly tenantUuid: string;
  /** How long the token of an API Task lives. */
  readonly taskTokenSeconds: number;
}

/** Who somebody is, and what he may do. */
export interface Identity extends Authentication {
  readonly users: Users;
  readonly roles: Roles;
  readonly apiKeys: ApiKeys;
  readonly licenses: Licenses;
  /** All that a role can hold. */
  permissions(selection: Selection): Promise<Page<Permission>>;
  readonly signingKeys: Pick<SigningKeys, 'jwks' | 'rotate'>;
  readonly taskTokens: Pick<TaskTokens, 'sign'>;
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
  const { passwordPolicy, tenantUuid, taskTokenSeconds } = options;
  const clock = createDatabaseClock(database, wakeUps);
  const passwords = createPasswords();
  const throttle = createThrottle();
  const sessions = createSessions(database, wakeUps);
  const signingKeys = createSigningKeys(database, wakeUps, sealer, clock, Math.max(TOKEN_SECONDS, taskTokenSeconds));
  const tokens = createTokens(signingKeys, clock, tenantUuid);
  const taskTokens = createTaskTokens(signingKeys, clock, tenantUuid, taskTokenSeconds);
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
    taskTokens,
    throttle,
    apiKeys,
    users,
  });
  const madeAdminPassword = await prepareIdentity(database, passwords, signingKeys, options);
  return {
    madeAdminPassword,
    authenticate: authentication.authenticate,
    authenticateTask: authentication.authenticateTask,
    peekTask: authentication.peekTask,
    callerFor: authentication.callerFor,
    logIn: authentication.logIn,
    isValid: authentication.isValid,
    refresh: authentication.refresh,
    logOut: authentication.logOut,
    users,
    roles: createRoles(database, onChanged),
    apiKeys,
    licenses: createLicenses(database),
    permissions: (selection) => listPermissions(database, selection),
    signingKeys,
    taskTokens,
    changeOwnPassword: createOwnPassword({ database, passwords, sessions, throttle, passwordPolicy }),
    usernames: users.usernames,
    sweep: async () => (await forgetOldSessions(database)) + (await forgetOldFailures(database)),
  };
}

export type { ApiKey } from './api-keys.ts';
export type { Credentials, LoggedIn, Origin, TaskCaller } from './authentication.ts';
export { type Caller, SYSTEM } from './caller.ts';
export { LICENSE_FEATURES, type LicenseFeature } from './license-features.ts';
export type { PasswordPolicy } from './password-policy.ts';
export { ADMIN_ROLE, PERMISSIONS, type Permission, type PermissionName } from './permissions.ts';
export type { Grant } from './rights.ts';
export type { GivenPermission } from './role-permissions.ts';
export type { Role, RoleChanges, RoleSettings } from './roles.ts';
export type { User, UserChanges, UserDetail, UserSettings } from './users.ts';
