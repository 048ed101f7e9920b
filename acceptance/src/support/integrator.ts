import type { Answer, TestServer } from '../../../apps/control-room/test-support/server.ts';

/** A workspace with a key that holds every permission, and calls to it as an integrator makes them. */
export interface TestWorkspace {
  readonly id: string;
  readonly key: string;
  /** Under `/api/v1/workspaces/{id}`. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The same with a key that holds only these permissions. */
  keyWith(...permissions: string[]): Promise<TestWorkspace>;
  /** Of our own extensions, by the administrator. */
  extension(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
}

export const EVERYTHING = [
  'read_workers',
  'write_workers',
  'read_processes',
  'read_runs',
  'read_run_outputs',
  'trigger_processes',
  'read_work_items',
  'write_work_items',
  'read_task_packages',
  'write_task_packages',
  'read_asset_storage_assets',
  'write_asset_storage_assets',
  'read_webhooks',
  'write_webhooks',
  'read_assistants',
  'write_assistants',
];

let keys = 0;

export async function testWorkspace(server: TestServer, name: string): Promise<TestWorkspace> {
  const made = await server.call('POST', '/signalbox/v1/workspaces', { token: server.admin, body: { name } });
  if (made.status !== 201) throw new Error(made.text);
  return opened(server, made.body.id, EVERYTHING);
}

/** The one in which Automation Anywhere's wire works. */
export async function firstWorkspace(server: TestServer): Promise<TestWorkspace> {
  const { body } = await server.call('GET', '/signalbox/v1/workspaces', { token: server.admin });
  return opened(server, body.list[0].id, EVERYTHING);
}

async function opened(server: TestServer, id: string, permissions: readonly string[]): Promise<TestWorkspace> {
  const extension: TestWorkspace['extension'] = (method, path, body, token = server.admin) =>
    server.call(method, `/signalbox/v1/workspaces/${id}${path}`, { token, body });
  const made = await extension('POST', '/keys', { name: `key ${++keys}`, permissions });
  if (made.status !== 201) throw new Error(made.text);
  const { key } = made.body;
  return {
    id,
    key,
    call: (method, path, body, headers = {}) =>
      server.call(method, `/api/v1/workspaces/${id}${path}`, {
        body,
        headers: { authorization: `RC-WSKEY ${key}`, 'content-type': 'application/json', ...headers },
      }),
    keyWith: (...some) => opened(server, id, some),
    extension,
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
