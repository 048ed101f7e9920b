import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { workspaceOperation } from '../../operation.ts';
import { linkTo } from '../links.ts';
import { inWorkspace, unversioned } from '../wire.ts';

/* Contract robocorp §9.2: how tools bring robots and fetch them, with a token of the workspace. */

const declared = { module: 'Tools', versions: unversioned, provenance: 'observed' } as const;
const reads = { workspace: 'Tool.read_robots' } as const;
const writes = { workspace: 'Tool.write_robots' } as const;
const robotParams = inWorkspace('robot');
const link = {
  status: 200,
  schema: Type.Object({ uri: Type.String() }),
  description: 'Good for an hour, without a token.',
} as const;

const createRobot = workspaceOperation({
  ...declared,
  name: 'createRobotByTool',
  summary: 'Make a robot, that is, a task package',
  method: 'POST',
  path: '/robot-v1/workspaces/{workspaceId}/robots',
  access: writes,
  params: inWorkspace(),
  body: Type.Object({ name: Type.String() }),
  answer: {
    status: 200,
    schema: Type.Object({ id: Type.String(), name: Type.String() }),
    description: 'The robot, with nothing in it.',
  },
  handle: async ({ client, body }, { taskPackages }) => {
    const { id, name } = await taskPackages.create(client, body.name);
    return { id, name };
  },
});

const getRobotUploadLink = workspaceOperation({
  ...declared,
  name: 'getRobotUploadLink',
  summary: 'Ask where the zip of a robot is put',
  method: 'GET',
  path: '/robot-v1/workspaces/{workspaceId}/robots/{robot}/file/uploadlink',
  access: writes,
  params: robotParams,
  answer: link,
  handle: async ({ client, params, facts }, domain) => {
    const found = await domain.taskPackages.get(client, params.robot);
    return { uri: await linkTo(domain.taskPackages.uploadTicket(client, found), facts, domain) };
  },
});

const getRobotDownloadLink = workspaceOperation({
  ...declared,
  name: 'getRobotDownloadLink',
  summary: 'Ask where the zip of a robot is fetched',
  method: 'GET',
  path: '/robot-v1/workspaces/{workspaceId}/robots/{robot}/file/downloadlink',
  access: reads,
  params: robotParams,
  answer: link,
  handle: async ({ client, params, facts }, domain) => {
    const found = await domain.taskPackages.get(client, params.robot);
    const ticket = domain.taskPackages.contentTicket(found);
    if (ticket === undefined) throw error('notFound', `Nothing was uploaded to the robot "${found.name}" yet.`);
    return { uri: await linkTo(ticket, facts, domain) };
  },
});

export const robotToolOperations = [createRobot, getRobotUploadLink, getRobotDownloadLink];
