import type { FastifyRequest } from 'fastify';
import { type Actor, actorOf } from '../domain/audit/index.ts';
import type { RunnerIdentity } from '../domain/fleet/index.ts';
import type { Caller, TaskCaller } from '../domain/identity/index.ts';
import type { Domain } from '../domain/index.ts';
import type { CredentialCaller, ToolCaller, WorkspaceCaller } from '../domain/workspaces/index.ts';
import { error } from '../kernel/errors.ts';
import type { Operation, WorkspaceAccess } from './operation.ts';

/** Who calls, by the kind of access that the operation declares. */
export type Admitted =
  | Record<never, never>
  | { readonly caller: Caller }
  | { readonly runner: RunnerIdentity }
  | { readonly task: TaskCaller }
  | { readonly client: WorkspaceCaller }
  | { readonly tool: ToolCaller | CredentialCaller };

interface Asking {
  readonly request: FastifyRequest;
  /** Told as soon as it is known who calls, whether he may or not. */
  readonly onKnown: (actor: Actor) => void;
}

/** 401 and 403, before anything is read or looked up. */
export async function admit(
  operation: Operation,
  token: string | undefined,
  domain: Domain,
  asking?: Asking,
): Promise<Admitted> {
  const { access } = operation;
  if (access === 'anyone') return {};
  if (typeof access === 'object' && 'workspace' in access) return admitToWorkspace(access, token, domain, asking);
  if (access === 'credential') return { tool: await admitSigned(domain, asking) };
  if (token === undefined) throw error('unauthenticated', 'This call needs a token, and none came.');
  if (access === 'runner') return { runner: await domain.fleet.authenticateRunner(token) };
  if (access === 'task') return { task: await domain.identity.authenticateTask(token) };
  if (typeof access === 'object' && 'tool' in access) {
    const tool = await domain.workspaces.toolTokens.find(token);
    if (!tool) throw error('unauthenticated', 'This is not the token of a tool, or no longer.');
    asking?.onKnown(tool.actor);
    if (!tool.may(access.tool)) throw error('forbidden', 'The token was not asked for with this capability.');
    return { tool };
  }
  const caller = await domain.identity.authenticate(token);
  asking?.onKnown(actorOf(caller));
  if (access !== 'caller' && !access.anyOf.some((permission) => caller.may(permission))) {
    throw error('forbidden', `${caller.username} may not do this.`, {
      details: `needed: ${access.anyOf.join(' or ')}`,
    });
  }
  return { caller };
}

/** Who a repeated write is the same caller as. */
export function nameOf(who: Admitted): string {
  if ('caller' in who) return `user:${who.caller.userId}`;
  if ('client' in who) return `${who.client.actor.type}:${who.client.actor.id}:${who.client.runId ?? ''}`;
  if ('runner' in who) return `runner:${who.runner.deviceId}`;
  if ('tool' in who) return `user:${'caller' in who.tool ? who.tool.caller.userId : who.tool.userId}`;
  return 'nobody';
}

/**
 * Contract robocorp §2: nobody known gets 403 (401 on one operation), and so does the key of another workspace, or one
 * without the permission. What another workspace has is answered with 404, by the domain.
 */
async function admitToWorkspace(
  access: WorkspaceAccess,
  token: string | undefined,
  domain: Domain,
  asking: Asking | undefined,
): Promise<Admitted> {
  const { workspaceId = '' } = (asking?.request.params ?? {}) as { workspaceId?: string }; // Texts, as of every path.
  const presented = access.keyInQuery ? keyInQuery(asking?.request) : token;
  const client = presented === undefined ? undefined : await findClient(presented, domain);
  if (!client) {
    throw error(
      access.unknown === 401 ? 'unauthenticated' : 'forbidden',
      presented === undefined
        ? 'This call needs a key of the workspace, and none came.'
        : 'This is not a key of the workspace.',
      { details: 'expected Authorization: RC-WSKEY <key>' },
    );
  }
  asking?.onKnown(client.actor);
  if (client.workspace.uuid !== workspaceId.toLowerCase()) {
    throw error('forbidden', 'The key is of another workspace.');
  }
  if (access.workspace !== 'any' && !client.may(access.workspace)) {
    throw error('forbidden', `The key "${client.actor.name}" may not do this.`, {
      details: `needed: ${access.workspace}`,
    });
  }
  return { client };
}

/** A key, the token of a running robot, or a tool's token of the workspace. */
async function findClient(text: string, { workspaces, processes }: Domain): Promise<WorkspaceCaller | undefined> {
  const robot = await processes.robots.tokens.find(text);
  if (robot) return robot;
  const tool = await workspaces.toolTokens.find(text);
  if (tool) return tool.workspace && { ...tool, workspace: tool.workspace };
  return workspaces.keys.find(text);
}

function keyInQuery(request: FastifyRequest | undefined): string | undefined {
  const { token } = (request?.query ?? {}) as { token?: unknown }; // Whatever stands in the query.
  return typeof token === 'string' && token !== '' ? token : undefined;
}

/** `authorization: robocloud-hmac <identifier> <signature>` (contract robocorp §9.1). */
async function admitSigned(domain: Domain, asking: Asking | undefined): Promise<CredentialCaller> {
  const request = asking?.request;
  const [, identifier = '', signature = ''] =
    /^\s*robocloud-hmac\s+(\S+)\s+(\S+)\s*$/i.exec(String(request?.headers.authorization ?? '')) ?? [];
  if (!request || identifier === '') {
    throw error('unauthenticated', 'This call must be signed with an access credential.', {
      details: 'expected Authorization: robocloud-hmac <identifier> <signature>',
    });
  }
  const { headers, method } = request;
  const signed = await domain.workspaces.credentials.verify(identifier, signature, {
    method,
    path: request.originalUrl.split('?')[0] ?? '',
    timestamp: String(headers['authorization-timestamp'] ?? headers['x-authorization-timestamp'] ?? ''),
    body: method === 'GET' || method === 'DELETE' ? '{}' : bytesOf(request.body),
  });
  asking?.onKnown(actorOf(signed.caller));
  return signed;
}

const bytesOf = (body: unknown): Buffer => (body instanceof Buffer ? body : Buffer.alloc(0));
