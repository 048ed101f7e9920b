import { type Static, Type } from 'typebox';
import type { Domain } from '../../../domain/index.ts';
import type { CredentialCaller, WorkspaceName } from '../../../domain/workspaces/index.ts';
import { toolOperation } from '../../operation.ts';
import { inWorkspace, unversioned } from '../wire.ts';
import { grantsOf } from './capabilities.ts';

/* Contract robocorp §9: a user's tools sign in with his access credential and get tokens of minutes. */

const declared = { module: 'Tools', versions: unversioned, provenance: 'observed', access: 'credential' } as const;

const USUAL_SECONDS = 1_200;
const LEAST_SECONDS = 900;
const MOST_SECONDS = 86_400;

const Asked = Type.Object({
  expiresIn: Type.Optional(
    Type.Number({
      description: `Seconds; ${USUAL_SECONDS} unless said, and never less than ${LEAST_SECONDS} or more than ${MOST_SECONDS}.`,
    }),
  ),
  capabilitySet: Type.Optional(Type.String({ maxLength: 100 })),
  capabilities: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: 'What older tools send instead.' }),
  ),
});
const answer = {
  status: 200,
  schema: Type.Object({ token: Type.String(), expiresIn: Type.Integer() }),
  description: 'The token, and for how many seconds it is good.',
} as const;

const requestToken = toolOperation({
  ...declared,
  name: 'requestToolToken',
  summary: 'Get a token of a workspace for a tool',
  description:
    'It opens no more than its user may, and nothing once he has left the workspace or deleted the credential.',
  method: 'POST',
  path: '/token-vendor-v1/workspaces/{workspaceId}/tokenrequest',
  params: inWorkspace(),
  body: Asked,
  refuses: [404],
  answer,
  handle: async ({ tool, params, body }, domain) => {
    const { workspace } = await domain.workspaces.enter(tool.caller, params.workspaceId);
    return issue(domain, tool, body, workspace);
  },
});

const requestUserToken = toolOperation({
  ...declared,
  name: 'requestUserToken',
  summary: 'Get a token of a user for a tool',
  description: 'For what is asked before a workspace is chosen.',
  method: 'POST',
  path: '/token-vendor-v1/user/tokenrequest',
  body: Asked,
  answer,
  handle: ({ tool, body }, domain) => issue(domain, tool, body),
});

/** Tools that were told no workspace leave the place of its id empty; the two slashes have become one. */
const requestTokenOfNone = {
  ...requestUserToken,
  name: 'requestTokenOfNone',
  path: '/token-vendor-v1/workspaces/tokenrequest',
};

const showUser = toolOperation({
  ...declared,
  name: 'showToolUser',
  summary: 'Whose access credential this is',
  method: 'GET',
  path: '/token-vendor-v1/user/details',
  answer: {
    status: 200,
    schema: Type.Object({
      user: Type.Object({
        id: Type.String(),
        email: Type.String(),
        first_name: Type.String(),
        last_name: Type.String(),
        username: Type.String(),
      }),
      request: Type.Object({ id: Type.String() }),
    }),
    description: 'The user.',
  },
  handle: async ({ tool, facts }, { identity }) => {
    const { id, email, firstName, lastName, username } = await identity.users.detail(tool.caller.userId);
    return {
      user: { id: String(id), email, first_name: firstName, last_name: lastName, username },
      request: { id: facts.requestId },
    };
  },
});

const revokeCredential = toolOperation({
  ...declared,
  name: 'revokeToolCredential',
  summary: 'Delete the access credential that signs this call',
  description: 'The tokens that were given out for it end with it.',
  method: 'DELETE',
  path: '/token-vendor-v1/credential',
  answer: { status: 200, schema: Type.Object({ deleted: Type.Boolean() }), description: 'That it is gone.' },
  handle: async ({ tool }, { workspaces }) => {
    await workspaces.credentials.remove(tool.caller, tool.credentialId);
    return { deleted: true };
  },
});

async function issue(
  { workspaces }: Domain,
  tool: CredentialCaller,
  { expiresIn = USUAL_SECONDS, capabilitySet, capabilities }: Static<typeof Asked>,
  workspace?: WorkspaceName,
): Promise<object> {
  const grants = grantsOf(capabilitySet, capabilities);
  const seconds = Math.floor(Math.min(Math.max(expiresIn, LEAST_SECONDS), MOST_SECONDS));
  const { token } = await workspaces.toolTokens.issue(tool, { ...(workspace && { workspace }), grants, seconds });
  return { token, expiresIn: seconds };
}

export const tokenVendorOperations = [requestToken, requestTokenOfNone, requestUserToken, showUser, revokeCredential];
