import type { WorkspacePermission } from '../../../apps/control-room/src/domain/workspaces/index.ts';
import type { Answer, CallOptions, TestServer } from '../../../apps/control-room/test-support/server.ts';

/** A workspace as its clients see it. */
export interface TestWorkspace {
  readonly id: string;
  /** A key with these permissions. */
  key(...permissions: WorkspacePermission[]): Promise<string>;
  /** Calls below the workspace in API v1, with a key: `call(key, 'GET', '/assets')`. */
  call(key: string, method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** The same under the prefix that running robots use. */
  callAsRobot(key: string, method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Calls the extensions of the workspace as the administrator, or as somebody else. */
  extension(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

let keys = 0;

export async function makeWorkspace(server: TestServer, name: string): Promise<TestWorkspace> {
  const made = await server.call('POST', '/signalbox/v1/workspaces', { token: server.admin, body: { name } });
  if (made.status !== 201) throw new Error(made.text);
  return workspaceById(server, made.body.id);
}

/** The one in which Automation Anywhere's wire works. */
export async function defaultWorkspace(server: TestServer): Promise<TestWorkspace> {
  const { list } = (await server.call('GET', '/signalbox/v1/workspaces', { token: server.admin })).body;
  return workspaceById(server, list[0].id);
}

function workspaceById(server: TestServer, id: string): TestWorkspace {
  const under =
    (prefix: string) =>
    (key: string, method: string, path: string, { headers, ...options }: CallOptions = {}): Promise<Answer> =>
      server.call(method, `${prefix}/workspaces/${id}${path}`, {
        ...options,
        headers: { authorization: `RC-WSKEY ${key}`, 'content-type': 'application/json', ...headers },
      });
  const extension: TestWorkspace['extension'] = (method, path, options = {}) =>
    server.call(method, `/signalbox/v1/workspaces/${id}${path}`, { token: server.admin, ...options });
  return {
    id,
    extension,
    call: under('/api/v1'),
    callAsRobot: under('/v1'),
    async key(...permissions) {
      const answer = await extension('POST', '/keys', { body: { name: `key ${++keys}`, permissions } });
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.body.key;
    },
  };
}
