import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace, Moment, moment, v1 } from '../wire.ts';
import { readExpiry } from './expiry.ts';

export const createWorkerLinkToken = workspaceOperation({
  name: 'createWorkerLinkToken',
  summary: 'Make a token by which one worker links itself',
  description: 'A runner registers with it once. Its text is in this answer only.',
  module: 'Workers',
  method: 'POST',
  path: '/workspaces/{workspaceId}/workers/link-tokens',
  versions: v1,
  provenance: 'documented',
  access: { workspace: 'Workers.write_workers' },
  params: inWorkspace(),
  body: Type.Object({ expires_at: Type.String({ minLength: 1, maxLength: 100 }) }),
  answer: {
    status: 200,
    schema: Type.Object({ id: Type.String(), expires_at: Moment, link_token: Type.String() }),
    description: 'The token.',
  },
  handle: async ({ client, body }, { fleet }) => {
    const { id, expiresOn, text } = await fleet.linkTokens.createForWorker(client, readExpiry(body.expires_at));
    return { id, expires_at: moment(expiresOn), link_token: text };
  },
});
