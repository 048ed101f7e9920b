import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlRoom, startControlRoom } from '../src/compose.ts';
import { readConfiguration } from '../src/kernel/configuration.ts';
import { createLogger } from '../src/kernel/log.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export const ADMIN_PASSWORD = 'correct-horse-battery';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Answers are what the test asserts about; their shape is its business.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestServer {
  readonly room: ControlRoom;
  readonly url: string;
  readonly database: TestDatabase;
  readonly dataDir: string;
  /** A token of the administrator. */
  readonly admin: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  logIn(username: string, password: string): Promise<string>;
  /** A user with exactly these permissions (by id), logged in. */
  user(
    permissionIds: readonly number[],
    name?: string,
  ): Promise<{ id: number; username: string; roleId: number; token: string }>;
  advance(duration: Temporal.DurationLike): Promise<void>;
  stop(): Promise<void>;
}

let users = 0;

/** A whole server with real HTTP over a database of its own. */
export async function startTestServer(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-server-'));
  const configuration = readConfiguration({
    PORT: '0',
    DATABASE_URL: database.url,
    SIGNALBOX_DATA_DIR: folder,
    SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
    SIGNALBOX_LOG_LEVEL: process.env.TEST_LOG ?? 'fatal',
    ...env,
  });
  const room = await startControlRoom(configuration, createLogger(configuration.log.level));
  const call = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
    callServer(room.url, method, path, options);

  async function logIn(username: string, password: string): Promise<string> {
    const answer = await call('POST', '/v2/authentication', { body: { username, password } });
    if (answer.status !== 200) throw new Error(`Log-in failed: ${answer.text}`);
    return answer.body.token;
  }

  const admin = await logIn('admin', ADMIN_PASSWORD);
  return {
    room,
    url: room.url,
    database,
    dataDir: configuration.dataDir,
    admin,
    call,
    logIn,
    async user(permissionIds, name = `user${++users}`) {
      const catalogue = await call('POST', '/v2/usermanagement/permissions/list', {
        token: admin,
        body: { page: { length: 1000 } },
      });
      const permissions = catalogue.body.list.filter((one: { id: number }) => permissionIds.includes(one.id));
      const role = await call('POST', '/v1/usermanagement/roles', {
        token: admin,
        body: { name: `role of ${name}`, permissions, principals: [] },
      });
      if (role.status !== 201) throw new Error(role.text);
      const made = await call('POST', '/v1/usermanagement/users', {
        token: admin,
        body: {
          username: name,
          email: `${name}@example.test`,
          password: ADMIN_PASSWORD,
          roles: [{ id: role.body.id }],
        },
      });
      if (made.status !== 201) throw new Error(made.text);
      return {
        id: made.body.id,
        username: made.body.username,
        roleId: role.body.id,
        token: await logIn(name, ADMIN_PASSWORD),
      };
    },
    advance: database.advance,
    async stop() {
      await room.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function callServer(
  base: string,
  method: string,
  path: string,
  { token, body, headers = {} }: CallOptions = {},
): Promise<Answer> {
  const raw = body instanceof FormData || body instanceof Uint8Array || typeof body === 'string';
  const response = await fetch(base + path, {
    method,
    headers: { ...(token === undefined ? {} : { 'x-authorization': token }), ...headers },
    ...(body === undefined ? {} : { body: raw ? (body as FormData | string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
