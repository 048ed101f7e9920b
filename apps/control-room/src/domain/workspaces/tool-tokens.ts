import { sql } from 'kysely';
import type { Connection, Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { randomToken, sha256 } from '../../kernel/sealing.ts';
import { type Actor, actorOf, recordAudit } from '../audit/index.ts';
import type { Caller, Identity } from '../identity/index.ts';
import type { CredentialCaller } from './access-credentials.ts';
import type { WorkspaceGrant } from './grants.ts';
import type { WorkspaceCaller, WorkspaceName } from './workspace-caller.ts';
import type { MemberRole } from './workspaces.ts';

const PREFIX = 'sbtool_';

/** The bearer of a tool's token: of one workspace, or (without one) of a user. */
export interface ToolCaller extends Omit<WorkspaceCaller, 'workspace'> {
  readonly workspace: WorkspaceName | undefined;
}

interface WantedToken {
  readonly workspace?: WorkspaceName;
  readonly grants: readonly WorkspaceGrant[];
  readonly seconds: number;
}

interface IssuedToken {
  readonly token: string;
  readonly expiresOn: Temporal.Instant;
}

/** Tokens of minutes that a signed call is answered with; they open no more than their user may. */
export function createToolTokens(
  database: Database,
  identity: Pick<Identity, 'callerFor'>,
  roleOf: (caller: Caller, workspaceId: number) => Promise<MemberRole | undefined>,
) {
  function issue(actor: Actor, credentialId: number, wanted: WantedToken): Promise<IssuedToken> {
    const token = `${PREFIX}${randomToken()}`;
    return database.transaction(async (tx) => {
      const made = await tx.first(
        sql<{
          expiresOn: Temporal.Instant;
        }>`insert into tool_token (hash, credential_id, workspace_id, grants, expires_on)
          values (${sha256(token)}, ${credentialId}, ${wanted.workspace?.id ?? null}, ${[...wanted.grants]},
            present() + make_interval(secs => ${wanted.seconds})) returning expires_on as "expiresOn"`,
      );
      if (!made) throw new Error('The token was not inserted.');
      await recordAudit(tx, {
        actor,
        action: 'toolToken.issue',
        subject: { type: 'accessCredential', id: credentialId },
        details: { workspace: wanted.workspace?.uuid ?? null, grants: wanted.grants, seconds: wanted.seconds },
      });
      return { token, expiresOn: made.expiresOn };
    });
  }

  return {
    issue: ({ caller, credentialId }: CredentialCaller, wanted: WantedToken): Promise<IssuedToken> =>
      issue(actorOf(caller), credentialId, wanted),

    /** Another one for what a tool has begun, in its workspace. @throws forbidden for who is no tool */
    async issueFor(caller: WorkspaceCaller, wanted: Omit<WantedToken, 'workspace'>): Promise<string> {
      if (caller.credentialId === undefined) throw error('forbidden', 'Only the tool of a user may do this.');
      return (await issue(caller.actor, caller.credentialId, { ...wanted, workspace: caller.workspace })).token;
    },

    /** What they were for is over. */
    async revoke(tx: Connection, hashes: readonly Buffer[]): Promise<void> {
      if (hashes.length > 0) await tx.all(sql`delete from tool_token where hash = any(${[...hashes]}::bytea[])`);
    },

    /** Undefined for what is none, or no longer: its time is over, or its user has left the workspace. */
    async find(token: string): Promise<ToolCaller | undefined> {
      if (!token.startsWith(PREFIX)) return undefined;
      const row = await database.first(
        sql<{
          userId: number;
          credentialId: number;
          grants: string[];
          workspace: WorkspaceName | null;
        }>`select c.user_id as "userId", c.id as "credentialId", t.grants,
            case when w.id is not null then json_build_object('id', w.id, 'uuid', w.uuid, 'name', w.name) end as workspace
          from tool_token t join access_credential c on c.id = t.credential_id left join workspace w on w.id = t.workspace_id
          where t.hash = ${sha256(token)} and t.expires_on > present()`,
      );
      const caller = row && (await identity.callerFor(row.userId));
      if (!caller) return undefined;
      if (row.workspace && !(await roleOf(caller, row.workspace.id))) return undefined;
      return {
        workspace: row.workspace ?? undefined,
        kind: 'tool',
        actor: actorOf(caller),
        userId: row.userId,
        credentialId: row.credentialId,
        may: (grant) => row.grants.includes(grant),
      };
    },

    /** A background duty. */
    async sweep(): Promise<void> {
      await database.all(sql`delete from tool_token where expires_on <= present()`);
    },
  };
}

export type ToolTokens = ReturnType<typeof createToolTokens>;
