import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { linkTo } from '../links.ts';
import { inWorkspace, unversioned } from '../wire.ts';

/** Contract robocorp §6.2: what the vendor's upload action asks for. */
export const getRobotUploadForm = workspaceOperation({
  name: 'getRobotUploadForm',
  summary: 'Ask where a new version of a robot is sent, the old way',
  module: 'Task Packages',
  method: 'GET',
  path: '/robot-v2/workspaces/{workspaceId}/robots/{robot}/file/uploadlink',
  versions: unversioned,
  provenance: 'observed',
  access: { workspace: 'Tasks.write_task_packages' },
  params: inWorkspace('robot'),
  answer: {
    status: 200,
    schema: Type.Object({ url: Type.String(), fields: Type.Record(Type.String(), Type.String()) }),
    description: 'A form, good for an hour, without a key.',
  },
  handle: async ({ client, params, facts }, domain) => {
    const found = await domain.taskPackages.get(client, params.robot);
    return { url: await linkTo(domain.taskPackages.uploadTicket(client, found), facts, domain), fields: {} };
  },
});
