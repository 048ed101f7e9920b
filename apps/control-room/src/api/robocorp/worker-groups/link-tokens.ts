import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace, Nullable, v1 } from '../wire.ts';
import { readExpiry } from '../workers/expiry.ts';
import { Name } from '../workers/worker.ts';
import { LinkTokenShown, renderLinkToken } from './group.ts';

export const Expiry = Nullable(Type.String({ minLength: 1, maxLength: 100 }));

const declared = {
  module: 'Worker Groups',
  path: '/workspaces/{workspaceId}/worker-groups/{groupId}/link-tokens',
  versions: v1,
  provenance: 'documented',
  params: inWorkspace('groupId'),
} as const;

export const listGroupLinkTokens = workspaceOperation({
  ...declared,
  name: 'listGroupLinkTokens',
  summary: 'List the link tokens of a worker group',
  method: 'GET',
  access: { workspace: 'Workers.read_workers' },
  query: Type.Object(pageQuery),
  answer: { status: 200, schema: pageOf(LinkTokenShown), description: 'Tokens without their texts, the oldest first.' },
  handle: async ({ client, params, query, facts }, { fleet, publicUrl }) =>
    page(await fleet.linkTokens.list(client, params.groupId, readStretch(query)), renderLinkToken, facts, publicUrl()),
});

export const createGroupLinkToken = workspaceOperation({
  ...declared,
  name: 'createGroupLinkToken',
  summary: 'Make a token by which workers link themselves into a group',
  description: 'Its text is not in the answer: owners of the workspace see it by an extension call.',
  method: 'POST',
  access: { workspace: 'Workers.write_workers' },
  body: Type.Object({ name: Name, expires_at: Expiry }),
  answer: { status: 200, schema: LinkTokenShown, description: 'The token, without its text.' },
  handle: async ({ client, params, body: { name, expires_at } }, { fleet }) => {
    const expires = expires_at === null ? null : readExpiry(expires_at);
    return renderLinkToken(await fleet.linkTokens.create(client, params.groupId, { name, expires }));
  },
});
