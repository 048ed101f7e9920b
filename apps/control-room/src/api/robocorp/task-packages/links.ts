import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { workspaceOperation } from '../../operation.ts';
import { FormUpload } from '../links.ts';
import { declared, downloadOf, packageParams, reads, uploadOf, writes } from './declared.ts';

export const getTaskPackageDownload = workspaceOperation({
  ...declared,
  name: 'getTaskPackageDownload',
  summary: 'Ask where the zip of a task package is fetched',
  method: 'GET',
  path: '/workspaces/{workspaceId}/task-packages/{taskPackage}/download',
  access: reads,
  params: packageParams,
  answer: { status: 200, schema: Type.Object({ url: Type.String() }), description: 'Good for an hour, without a key.' },
  handle: async ({ client, params, facts }, domain) => {
    const found = await domain.taskPackages.get(client, params.taskPackage);
    const url = await downloadOf(found, { facts }, domain);
    if (url === undefined) throw error('notFound', `Nothing was uploaded to the task package "${found.name}" yet.`);
    return { url };
  },
});

export const getTaskPackageUpload = workspaceOperation({
  ...declared,
  name: 'getTaskPackageUpload',
  summary: 'Ask where a new version of a task package is sent',
  method: 'GET',
  path: '/workspaces/{workspaceId}/task-packages/{taskPackage}/upload',
  access: writes,
  params: packageParams,
  answer: { status: 200, schema: FormUpload, description: 'A form, good for an hour, without a key.' },
  handle: async (call, domain) =>
    uploadOf(await domain.taskPackages.get(call.client, call.params.taskPackage), call, domain),
});
