import { Type } from 'typebox';
import type { Upload } from '../../../domain/assets/index.ts';
import { workspaceOperation } from '../../operation.ts';
import { linkTo } from '../links.ts';
import { inWorkspace } from '../wire.ts';
import { assetParams, declared, writes } from './declared.ts';

const shown = {
  id: Type.String(),
  status: Type.Enum(['pending', 'completed', 'failed']),
  content_type: Type.String(),
};

function render({ id, status, contentType, reason }: Upload): object {
  return { id, status, content_type: contentType, ...(status === 'failed' ? { reason } : {}) };
}

export const createAssetUpload = workspaceOperation({
  ...declared,
  name: 'createAssetUpload',
  summary: 'Put new content into an asset',
  description:
    'Content of less than 5 MB may come in `data`, as base64. Without it, the bytes are put to the `upload_url` of the answer, without a key, within an hour.',
  method: 'POST',
  path: '/workspaces/{workspaceId}/assets/{asset}/uploads',
  access: writes,
  params: assetParams,
  body: Type.Object({ content_type: Type.String(), data: Type.Optional(Type.String()) }),
  answer: {
    status: 200,
    schema: Type.Object({ ...shown, upload_url: Type.Optional(Type.String()) }),
    description: 'The upload: complete, or waiting for the bytes.',
  },
  handle: async ({ client, params, body, facts }, domain) => {
    const { uploads, uploadTicket } = domain.assets;
    const upload = await uploads.begin(client, params.asset, body.content_type, body.data);
    if (upload.status !== 'pending') return render(upload);
    return { ...render(upload), upload_url: await linkTo(uploadTicket(upload.id), facts, domain) };
  },
});

export const getAssetUpload = workspaceOperation({
  ...declared,
  name: 'getAssetUpload',
  summary: 'Read what became of an upload',
  method: 'GET',
  path: '/workspaces/{workspaceId}/assets/{asset}/uploads/{uploadId}',
  access: writes,
  params: inWorkspace('asset', 'uploadId'),
  answer: {
    status: 200,
    schema: Type.Object({ ...shown, reason: Type.Optional(Type.String({ description: 'Of one that failed.' })) }),
    description: 'The upload.',
  },
  handle: async ({ client, params }, { assets }) =>
    render(await assets.uploads.get(client, params.asset, params.uploadId)),
});
