import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace } from '../wire.ts';
import { AssetName, declared, reads } from './declared.ts';

export const listAssets = workspaceOperation({
  ...declared,
  name: 'listAssets',
  summary: 'List the assets of a workspace',
  method: 'GET',
  path: '/workspaces/{workspaceId}/assets',
  access: reads,
  params: inWorkspace(),
  query: Type.Object(pageQuery),
  answer: { status: 200, schema: pageOf(AssetName), description: 'One page, without what is in them.' },
  handle: async ({ client, query, facts }, { assets, publicUrl }) =>
    page(await assets.list(client, readStretch(query)), ({ id, name }) => ({ id, name }), facts, publicUrl()),
});
