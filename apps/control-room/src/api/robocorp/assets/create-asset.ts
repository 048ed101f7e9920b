import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { inWorkspace } from '../wire.ts';
import { AssetShown, declared, render, writes } from './declared.ts';

export const createAsset = workspaceOperation({
  ...declared,
  name: 'createAsset',
  summary: 'Make an empty asset',
  method: 'POST',
  path: '/workspaces/{workspaceId}/assets',
  access: writes,
  params: inWorkspace(),
  body: Type.Object({ name: Type.String() }),
  answer: { status: 200, schema: AssetShown, description: 'The asset.' },
  handle: async ({ client, body, facts }, domain) =>
    render(await domain.assets.create(client, body.name), facts, domain),
});
