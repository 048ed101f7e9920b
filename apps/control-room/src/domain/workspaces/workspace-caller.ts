import type { Actor } from '../audit/index.ts';
import type { WorkspaceGrant } from './grants.ts';

export interface WorkspaceName {
  /** Inside the domain. */
  readonly id: number;
  /** Outside. */
  readonly uuid: string;
  readonly name: string;
}

/** Who asks about the things of one workspace: the bearer of a key or a token, or a user who belongs to it. */
export interface WorkspaceCaller {
  readonly workspace: WorkspaceName;
  readonly kind: 'key' | 'user' | 'tool' | 'robot';
  /** For the record. */
  readonly actor: Actor;
  /** The user who answers for it: of a key, whoever made it. */
  readonly userId: number;
  /** The run of a robot's token. */
  readonly runId?: string;
  /** The access credential that a tool's token was got with. */
  readonly credentialId?: number;
  may(grant: WorkspaceGrant): boolean;
}
