import type { Kernel } from '../../kernel/kernel.ts';
import type { Identity } from '../identity/index.ts';
import { createAccessCredentials } from './access-credentials.ts';
import { createWorkspaceKeys } from './keys.ts';
import { createToolTokens } from './tool-tokens.ts';
import { createWorkspaces } from './workspaces.ts';

/** Workspaces, their members, and the keys, credentials and tokens that open them from outside. */
export function createWorkspaceDoor(kernel: Kernel, identity: Identity, organizationId: string) {
  const { database, wakeUps } = kernel;
  const workspaces = createWorkspaces(database, wakeUps, organizationId);
  return {
    ...workspaces,
    keys: createWorkspaceKeys(kernel),
    credentials: createAccessCredentials(kernel, identity),
    toolTokens: createToolTokens(database, identity, workspaces.roleOf),
  };
}

export type Workspaces = ReturnType<typeof createWorkspaceDoor>;
export type { AccessCredential, CredentialCaller } from './access-credentials.ts';
export {
  readWorkspacePermission,
  WORKSPACE_PERMISSIONS,
  type WorkspaceGrant,
  type WorkspacePermission,
} from './grants.ts';
export type { NewKey, WorkspaceKey } from './keys.ts';
export { digestOf, type SignedCall, signatureOf } from './signature.ts';
export type { ToolCaller, ToolTokens } from './tool-tokens.ts';
export type { WorkspaceCaller, WorkspaceName } from './workspace-caller.ts';
export {
  DEFAULT_WORKSPACE,
  MEMBER_ROLES,
  type Member,
  type MemberRole,
  type Organization,
  type Workspace,
} from './workspaces.ts';
