import { Type } from 'typebox';
import type { TaskPackage } from '../../../domain/task-packages/index.ts';
import type { WorkspaceName } from '../../../domain/workspaces/index.ts';
import { error } from '../../../kernel/errors.ts';
import { toolOperation, workspaceOperation } from '../../operation.ts';
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
    const caller = await identity.callerFor(tool.userId);
    if (!caller) throw error('unauthenticated', 'The user of this token may no longer log in.');
    const organization = await workspaces.organization();
    const seen: readonly WorkspaceName[] = tool.workspace ? [tool.workspace] : await workspaces.list(caller);
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

const getToolTree = workspaceOperation({
  ...declared,
  name: 'getWorkspaceTree',
  summary: 'What is in a workspace, for a tool to choose from',
  method: 'GET',
  path: '/workspace-v1/workspaces/{workspaceId}/tree',
  access: { workspace: 'Tool.view_workspaces' },
  params: inWorkspace(),
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
  handle: async ({ client }, { taskPackages, processes }) => {
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
