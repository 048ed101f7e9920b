import {
  WORKSPACE_PERMISSIONS,
  type WorkspacePermission,
} from '../../../apps/control-room/src/domain/workspaces/index.ts';
import type { Answer, TestServer } from '../../../apps/control-room/test-support/server.ts';
import * as robocorp from './robocorp.ts';

/** A workspace with a key that holds every permission, and calls to it as an integrator makes them. */
export interface TestWorkspace {
  readonly id: string;
  readonly key: string;
  /** Under `/api/v1/workspaces/{id}`. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The same with a key that holds only these permissions. */
  keyWith(...permissions: WorkspacePermission[]): Promise<TestWorkspace>;
  /** Of our own extensions, by the administrator. */
  extension(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
}

export async function testWorkspace(server: TestServer, name: string): Promise<TestWorkspace> {
  return withKey(await robocorp.makeWorkspace(server, name), WORKSPACE_PERMISSIONS);
}

/** The one in which Automation Anywhere's wire works. */
export async function firstWorkspace(server: TestServer): Promise<TestWorkspace> {
  return withKey(await robocorp.defaultWorkspace(server), WORKSPACE_PERMISSIONS);
}

async function withKey(
  workspace: robocorp.TestWorkspace,
  permissions: readonly WorkspacePermission[],
): Promise<TestWorkspace> {
  const key = await workspace.key(...permissions);
  return {
    id: workspace.id,
    key,
    call: (method, path, body, headers = {}) => workspace.call(key, method, path, { body, headers }),
    keyWith: (...some) => withKey(workspace, some),
    extension: (method, path, body, token) =>
      workspace.extension(method, path, { body, ...(token === undefined ? {} : { token }) }),
  };
}

/** A runner that registers with a token; `connect` opens its session as its program would. */
export async function linkRunner(server: TestServer, token: string, hostName: string) {
  const facts = { hostName, os: 'linux', agentVersion: '1', capacity: 1, capabilities: {} };
  const made = await server.call('POST', '/runner/v1/register', { body: { token, device: facts } });
  const { deviceId, key } = made.body ?? {};
  return {
    answer: made,
    id: String(deviceId),
    key: key as string,
    connect: async (): Promise<string> => {
      const session = await server.call('POST', '/runner/v1/sessions', { token: key, body: facts });
      if (session.status !== 201) throw new Error(session.text);
      return session.body.sessionId;
    },
  };
}
