import type { TestServer } from '../../../apps/control-room/test-support/server.ts';

/* Bots and API Tasks for the suites: documents as the vendor's editor writes them, as short as they can be said. */

export type Value = Readonly<Record<string, unknown>>;

export const text = (string: string): Value => ({ type: 'STRING', string });
export const expression = (of: string, type = 'STRING'): Value => ({ type, expression: of });
export const number = (of: number): Value => ({ type: 'NUMBER', number: String(of) });
export const variable = (variableName: string): Value => ({ type: 'VARIABLE', variableName });

export interface Node {
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly into?: string;
  readonly children?: readonly object[];
  readonly branches?: readonly object[];
}

let uids = 0;

export function node(
  packageName: string,
  commandName: string,
  { attributes = {}, into, children, branches }: Node = {},
): object {
  return {
    uid: `u${++uids}`,
    commandName,
    packageName,
    disabled: false,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    ...(into === undefined ? {} : { returnTo: variable(into) }),
    ...(children === undefined ? {} : { children }),
    ...(branches === undefined ? {} : { branches }),
  };
}

/** A loop that goes on while a text equals another, or for ever. */
export function forever(children: readonly object[]): object {
  const loop = node('Loop', 'loop.commands.start', { attributes: { loopType: text('WHILE') }, children }) as {
    attributes: object[];
  };
  loop.attributes.push({
    name: 'condition',
    value: { type: 'CONDITIONAL', conditionalName: 'stringVariable', packageName: 'String' },
    attributes: [
      { name: 'variable', value: text('a') },
      { name: 'operator', value: text('EQ') },
      { name: 'value', value: text('a') },
    ],
  });
  return loop;
}

export interface Variable {
  readonly name: string;
  readonly type?: string;
  readonly input?: boolean;
  readonly output?: boolean;
  readonly defaultValue?: Value;
}

export function bot(nodes: readonly object[], variables: readonly Variable[] = []): string {
  return JSON.stringify({
    nodes,
    variables: variables.map(({ name, type = 'STRING', input = false, output = false, defaultValue }) => ({
      name,
      type,
      subtype: 'UNDEFINED',
      description: '',
      readOnly: false,
      input,
      output,
      ...(defaultValue === undefined ? {} : { defaultValue }),
    })),
    packages: [],
    properties: {},
  });
}

export const assign = (to: string, of: Value): object =>
  node('String', 'assign', { attributes: { sourceString: of }, into: to });

/** A bot that says its input after a while. */
export const slow = (seconds: number): string =>
  bot(
    [
      node('Delay', 'delay', {
        attributes: { delayType: text('REGULAR'), delayTime: number(seconds), timeUnit: text('SECONDS') },
      }),
      assign('said', expression('$given$')),
    ],
    [
      { name: 'given', input: true },
      { name: 'said', output: true },
    ],
  );

export interface Task {
  readonly fileId: string;
  readonly path: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Saves a file in the public workspace and answers its id. */
export async function saveBot(
  server: TestServer,
  name: string,
  content: string,
  contentType = 'application/vnd.aa.headlessbot',
): Promise<string> {
  const made = await server.call('POST', '/v2/repository/files', {
    token: server.admin,
    body: { name, parentFolderId: '2', contentType },
  });
  if (made.status !== 201) throw new Error(made.text);
  await putBot(server, made.body.id, content);
  return String(made.body.id);
}

export async function putBot(server: TestServer, fileId: string, content: string): Promise<void> {
  const put = await server.call('PUT', `/v2/repository/files/${fileId}/content`, {
    token: server.admin,
    body: content,
  });
  if (put.status !== 200) throw new Error(put.text);
}

export async function accessTo(
  server: TestServer,
  path: string,
  token = server.admin,
): Promise<Pick<Task, 'url' | 'headers'>> {
  const answer = await server.call('POST', '/orchestrator/v1/hotbot/config/accessdetails', {
    token,
    body: { botRepositoryPath: [path] },
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body.accessDetails[path];
}

/** Saves a bot, allocates it and gets its access details. */
export async function allocate(server: TestServer, name: string, content: string, concurrencyLimit = 2): Promise<Task> {
  const fileId = await saveBot(server, name, content);
  const allocated = await server.call('PUT', '/orchestrator/v1/hotbot/config/create', {
    token: server.admin,
    body: { fileId, concurrencyLimit },
  });
  if (allocated.status !== 200) throw new Error(allocated.text);
  const path = `Automation Anywhere\\Bots\\${name}`;
  return { fileId, path, ...(await accessTo(server, path)) };
}

export interface Executed {
  readonly status: number;
  readonly headers: Headers;
  // Answers are what the test asserts about.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

export async function execute(
  { url, headers }: Pick<Task, 'url' | 'headers'>,
  body: unknown = {},
  signal?: AbortSignal,
): Promise<Executed> {
  const answer = await fetch(url, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  const came = await answer.text();
  return { status: answer.status, headers: answer.headers, body: JSON.parse(came) };
}

/** Asks until it is so. */
export async function until<T>(ask: () => Promise<T>, is: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const found = await ask();
    if (is(found)) return found;
    if (tries > 200) throw new Error(`It did not come to that: ${JSON.stringify(found).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
