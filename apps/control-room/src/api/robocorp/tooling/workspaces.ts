import { Type } from 'typebox';
import type { Caller, Identity } from '../../../domain/identity/index.ts';
import type { TaskPackage } from '../../../domain/task-packages/index.ts';
import type { ToolCaller, WorkspaceName } from '../../../domain/workspaces/index.ts';
import { error } from '../../../kernel/errors.ts';
import { toolOperation } from '../../operation.ts';
import { originOf } from '../../origin.ts';
import { inWorkspace, unversioned } from '../wire.ts';

/* Contract robocorp §9.2: what a tool shows its user to choose from. */

const declared = { module: 'Tools', versions: unversioned, provenance: 'observed' } as const;

/** More processes than a list to choose from is good for. */
const MOST_PROCESSES = 10_000;

const listToolWorkspaces = toolOperation({
  ...declared,
  name: 'listToolWorkspaces',
  summary: 'List the workspaces that a tool’s user belongs to',
  description: 'With a token of one workspace, that one.',
  method: 'GET',
  path: '/workspace-v1/workspaces',
  access: { tool: 'Tool.view_workspaces' },
  answer: {
    status: 200,
    schema: Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String(),
        shortName: Type.String(),
        orgId: Type.String(),
        orgName: Type.String(),
        orgShortName: Type.String(),
        state: Type.String(),
        url: Type.String(),
        permissions: Type.Object({ canReadRobots: Type.Boolean(), canWriteRobots: Type.Boolean() }),
        hasWorkspaceRole: Type.Boolean(),
      }),
    ),
    description: 'The workspaces.',
  },
  handle: async ({ tool, facts }, { workspaces, identity, publicUrl }) => {
    const organization = await workspaces.organization();
    const seen: readonly WorkspaceName[] = tool.workspace
      ? [tool.workspace]
      : await workspaces.list(await userOf(tool, identity));
    return seen.map(({ uuid, name }) => ({
      id: uuid,
      name,
      shortName: shortNameOf(name),
      orgId: organization.id,
      orgName: organization.name,
      orgShortName: shortNameOf(organization.name),
      state: 'active',
      url: originOf(facts, publicUrl()),
      // Members work with everything in a workspace.
      permissions: { canReadRobots: true, canWriteRobots: true },
      hasWorkspaceRole: true,
    }));
  },
});

const getToolTree = toolOperation({
  ...declared,
  name: 'getWorkspaceTree',
  summary: 'What is in a workspace, for a tool to choose from',
  description: 'Tools ask with the token of their user, which is of no workspace yet; one of this workspace will do.',
  method: 'GET',
  path: '/workspace-v1/workspaces/{workspaceId}/tree',
  access: { tool: 'Tool.view_workspaces' },
  params: inWorkspace(),
  refuses: [404],
  answer: {
    status: 200,
    schema: Type.Object({
      id: Type.String(),
      name: Type.String(),
      robots: Type.Array(
        Type.Object({ id: Type.String(), name: Type.String(), package: Type.Record(Type.String(), Type.String()) }),
      ),
      activities: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
    }),
    description: 'Its robots, which are task packages, and its activities, which are processes.',
  },
  handle: async ({ tool, params }, { workspaces, identity, taskPackages, processes }) => {
    if (tool.workspace && tool.workspace.uuid !== params.workspaceId.toLowerCase())
      throw error('forbidden', 'The token is of another workspace.');
    const client = await workspaces.enter(await userOf(tool, identity), params.workspaceId);
    const { rows } = await processes.list(client, { limit: MOST_PROCESSES, after: undefined });
    return {
      id: client.workspace.uuid,
      name: client.workspace.name,
      robots: (await taskPackages.list(client)).map((robot) => ({
        id: robot.id,
        name: robot.name,
        package: contentOf(robot),
      })),
      activities: rows.map(({ id, name }) => ({ id, name })),
    };
  },
});

async function userOf({ userId }: ToolCaller, { callerFor }: Pick<Identity, 'callerFor'>): Promise<Caller> {
  const caller = await callerFor(userId);
  if (!caller) throw error('unauthenticated', 'The user of this token may no longer log in.');
  return caller;
}

/** Texts only, whatever they say; nothing while nothing was uploaded. */
function contentOf({ name, sha256, size }: TaskPackage): Record<string, string> {
  if (sha256 === null) return {};
  return { fileName: `${name}.zip`, sha256: sha256.toString('hex'), size: String(size) };
}

/** As it may stand in an address. */
function shortNameOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

export const toolWorkspaceOperations = [listToolWorkspaces, getToolTree];
