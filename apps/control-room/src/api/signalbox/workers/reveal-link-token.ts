import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { declared, inWorkspace, workspaceParams } from '../workspaces/declared.ts';

export const revealLinkToken = operation({
  ...declared,
  ...inWorkspace,
  name: 'revealGroupLinkToken',
  summary: 'Show the text of a group’s link token',
  description: 'To owners of the workspace. That it was shown is recorded first.',
  method: 'POST',
  path: '/signalbox/v1/workspaces/{workspaceId}/worker-groups/{groupId}/link-tokens/{tokenId}/reveal',
  params: workspaceParams({ groupId: Type.String({ maxLength: 100 }), tokenId: Type.String({ maxLength: 100 }) }),
  // Never kept under an Idempotency-Key: that would keep the text.
  reads: true,
  answer: { status: 200, schema: Type.Object({ link_token: Type.String() }), description: 'The text.' },
  handle: async ({ caller, params }, { workspaces, fleet }) => {
    const owner = await workspaces.enter(caller, params.workspaceId, 'OWNER');
    return { link_token: await fleet.linkTokens.reveal(owner, params.groupId, params.tokenId) };
  },
});
