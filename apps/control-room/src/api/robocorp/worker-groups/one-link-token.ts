import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { Deleted, inWorkspace, putAndPost, v1 } from '../wire.ts';
import { readExpiry } from '../workers/expiry.ts';
import { Name } from '../workers/worker.ts';
import { LinkTokenShown, renderLinkToken } from './group.ts';
import { Expiry } from './link-tokens.ts';

const declared = {
  module: 'Worker Groups',
  path: '/workspaces/{workspaceId}/worker-groups/{groupId}/link-tokens/{tokenId}',
  versions: v1,
  provenance: 'documented',
  params: inWorkspace('groupId', 'tokenId'),
} as const;

export const getGroupLinkToken = workspaceOperation({
  ...declared,
  name: 'getGroupLinkToken',
  summary: 'Read a link token of a worker group',
  method: 'GET',
  access: { workspace: 'Workers.read_workers' },
  answer: { status: 200, schema: LinkTokenShown, description: 'The token, without its text.' },
  handle: async ({ client, params }, { fleet }) =>
    renderLinkToken(await fleet.linkTokens.get(client, params.groupId, params.tokenId)),
});

export const updateGroupLinkToken = putAndPost(
  workspaceOperation({
    ...declared,
    name: 'updateGroupLinkToken',
    summary: 'Change the name or the end of a link token',
    description: 'What is not named stays. `"expires_at": null` lets it live on; a time that is over ends it.',
    method: 'PUT',
    access: { workspace: 'Workers.write_workers' },
    body: Type.Object({ name: Type.Optional(Name), expires_at: Type.Optional(Expiry) }),
    answer: { status: 200, schema: LinkTokenShown, description: 'The token, without its text.' },
    handle: async ({ client, params, body: { name, expires_at } }, { fleet }) => {
      const expires = typeof expires_at === 'string' ? readExpiry(expires_at) : expires_at;
      return renderLinkToken(await fleet.linkTokens.update(client, params.groupId, params.tokenId, { name, expires }));
    },
  }),
);

export const deleteGroupLinkToken = workspaceOperation({
  ...declared,
  name: 'deleteGroupLinkToken',
  summary: 'Delete a link token',
  description: 'The workers that came with it stay.',
  method: 'DELETE',
  access: { workspace: 'Workers.write_workers' },
  answer: { status: 200, schema: Deleted, description: 'That it is gone.' },
  handle: async ({ client, params }, { fleet }) => ({
    id: (await fleet.linkTokens.remove(client, params.groupId, params.tokenId)).id,
    deleted: true,
  }),
});
