import { workspaceOperation } from '../../operation.ts';
import { AssetShown, assetParams, declared, reads, render } from './declared.ts';

export const getAsset = workspaceOperation({
  ...declared,
  name: 'getAsset',
  summary: 'Read an asset, with where its content is fetched',
  description: 'The address in the answer is good for an hour and needs no key.',
  method: 'GET',
  path: '/workspaces/{workspaceId}/assets/{asset}',
  access: reads,
  params: assetParams,
  answer: { status: 200, schema: AssetShown, description: 'The asset.' },
  handle: async ({ client, params, facts }, domain) =>
    render(await domain.assets.get(client, params.asset), facts, domain),
});
