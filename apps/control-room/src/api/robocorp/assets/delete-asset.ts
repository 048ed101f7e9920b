import { workspaceOperation } from '../../operation.ts';
import { Deleted } from '../wire.ts';
import { assetParams, declared, writes } from './declared.ts';

export const deleteAsset = workspaceOperation({
  ...declared,
  name: 'deleteAsset',
  summary: 'Delete an asset',
  method: 'DELETE',
  path: '/workspaces/{workspaceId}/assets/{asset}',
  access: writes,
  params: assetParams,
  answer: { status: 200, schema: Deleted, description: 'It is gone.' },
  handle: async ({ client, params }, { assets }) => ({ id: await assets.remove(client, params.asset), deleted: true }),
});
