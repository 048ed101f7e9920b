import { ADMIN_PASSWORD, type Answer, type TestServer } from '../../../apps/control-room/test-support/server.ts';

/* The repository as a suite uses it: users with a private workspace, folders, files. */

export const BOT = 'application/vnd.aa.taskbot';
export const BOTS_FOLDER = '2';
/** Permissions by what they are called in the catalogue of the contract (a §13.2). */
export const MAY = {
  run: 7,
  rolesManagement: 12,
  view: 29,
  createFolders: 54,
  renameFolders: 55,
  rolesView: 62,
  cancelCheckout: 1158,
  upload: 100007,
  delete: 100008,
  forceUnlock: 100009,
  accessAny: 100010,
  setProduction: 100011,
} as const;
export const WRITER = [MAY.view, MAY.run, MAY.upload, MAY.delete, MAY.createFolders, MAY.renameFolders];

export interface Person {
  readonly id: number;
  readonly roleId: number;
  readonly token: string;
  /** `/v2/repository/…` in his name. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

export interface RepositorySuite {
  readonly admin: Person;
  /** With exactly these permissions, and the licence of a Bot Creator. */
  person(name: string, permissions?: readonly number[]): Promise<Person>;
  folder(name?: string, parentId?: string, who?: Person): Promise<string>;
  file(more?: {
    name?: string;
    contentType?: string;
    parentFolderId?: string;
    content?: unknown;
    who?: Person;
  }): Promise<string>;
}

/** A bot that calls others by path. */
export function botThatCalls(...paths: readonly string[]): object {
  return {
    nodes: paths.map((path, at) => ({
      uid: `call-${at}`,
      commandName: 'runTask',
      packageName: 'TaskBot',
      disabled: false,
      attributes: [
        {
          name: 'taskbot',
          value: {
            type: 'TASKBOT',
            taskbotFile: {
              type: 'FILE',
              string: `repository:///${path.split(/[\\/]/).map(encodeURIComponent).join('/')}`,
            },
          },
        },
      ],
    })),
    variables: [],
    packages: [{ name: 'TaskBot', version: '1.0.0' }],
  };
}

export function repositorySuite(server: TestServer): RepositorySuite {
  let names = 0;
  const callAs =
    (token: string) =>
    (method: string, path: string, body?: unknown): Promise<Answer> =>
      server.call(method, `/v2/repository/${path}`, { token, body });
  const admin: Person = { id: 1, roleId: 1, token: server.admin, call: callAs(server.admin) };

  async function made(answer: Promise<Answer>): Promise<string> {
    const { status, body, text } = await answer;
    if (status !== 201) throw new Error(text);
    return body.id;
  }

  return {
    admin,
    async person(name, permissions = WRITER) {
      const role = await server.call('POST', '/v1/usermanagement/roles', {
        token: server.admin,
        body: { name: `role of ${name}`, permissions: permissions.map((id) => ({ id })), principals: [] },
      });
      const user = await server.call('POST', '/v1/usermanagement/users', {
        token: server.admin,
        body: {
          username: name,
          email: `${name}@example.test`,
          password: ADMIN_PASSWORD,
          roles: [{ id: role.body.id }],
          licenseFeatures: ['DEVELOPMENT'],
        },
      });
      if (user.status !== 201) throw new Error(role.text + user.text);
      const token = await server.logIn(name, ADMIN_PASSWORD);
      return { id: user.body.id, roleId: role.body.id, token, call: callAs(token) };
    },
    folder: (name = `folder ${++names}`, parentId = BOTS_FOLDER, who = admin) =>
      made(who.call('POST', `folders/${parentId}`, { name })),
    async file({ who = admin, content, ...given } = {}) {
      const body = { contentType: BOT, name: `bot ${++names}`, parentFolderId: BOTS_FOLDER, ...given };
      const id = await made(who.call('POST', 'files', body));
      if (content !== undefined) {
        const saved = await who.call('PUT', `files/${id}/content`, content);
        if (saved.status !== 200) throw new Error(saved.text);
      }
      return id;
    },
  };
}
