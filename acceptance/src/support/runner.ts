import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, TestServer } from '../../../apps/control-room/test-support/server.ts';
import { type Program, startProgram, until } from './processes.ts';

/** Everything around a bot: a queue, the bot's file, a pool, runners, the automation. All through the public calls. */
export interface BotShop {
  readonly queueId: number;
  readonly poolId: string;
  readonly deviceIds: readonly string[];
  add(...rows: object[]): Promise<{ id: number }[]>;
  item(id: number): Promise<Answer['body']>;
  explain(id: number): Promise<Answer['body']>;
  /** Waits until no item waits or is being worked on, and answers all of them. */
  settled(): Promise<Answer['body'][]>;
}

let shops = 0;

export async function openShop(
  server: TestServer,
  options: {
    readonly bot: object;
    readonly deviceIds: readonly string[];
    readonly queue?: object;
    readonly subBots?: Readonly<Record<string, object>>;
    readonly botInput?: object;
    readonly runAsUserIds?: readonly number[];
  },
): Promise<BotShop> {
  const name = `shop ${++shops}`;
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await server.call(method, path, { token: server.admin, body });
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.body;
  };
  const model = await send('POST', '/v4/wlm/workitemmodels', {
    name,
    attributes: [
      { name: 'n', type: 'NUMBER' },
      { name: 'word', type: 'TEXT' },
    ],
  });
  const queue = await send('POST', '/v4/wlm/queues', { name, workItemModelId: model.id, ...options.queue });
  for (const [botName, bot] of Object.entries({ ...options.subBots, [name]: options.bot })) {
    const file = await send('POST', '/v2/repository/files', {
      name: botName,
      contentType: 'application/vnd.aa.taskbot',
      parentFolderId: '2',
    });
    await send('PUT', `/v2/repository/files/${file.id}/content`, bot);
    if (botName !== name) continue;
    const pool = await send('POST', '/v2/devices/pools', {
      name,
      automationScheme: 'ROUND_ROBIN',
      timeSlice: '5',
      deviceIds: options.deviceIds,
    });
    await send('POST', '/v4/wlm/automations', {
      name,
      queueId: queue.id,
      fileId: file.id,
      poolId: pool.id,
      runAsUserIds: options.runAsUserIds ?? [1],
      botInput: options.botInput ?? {},
    });
    return {
      queueId: queue.id,
      poolId: pool.id,
      deviceIds: options.deviceIds,
      add: async (...rows) =>
        (await send('POST', `/v4/wlm/queues/${queue.id}/workitems`, { workItems: rows.map((json) => ({ json })) }))
          .list,
      item: (id) => send('GET', `/v3/wlm/queues/${queue.id}/workitems/${id}`),
      explain: (id) => send('GET', `/signalbox/v1/explain/work-items/${id}`),
      settled: async () => {
        await until(`queue ${queue.id} is worked off`, async () => {
          const { counts } = await send('GET', `/signalbox/v1/explain/queues/${queue.id}`);
          return counts.NEW + counts.READY_TO_RUN + counts.ACTIVE === 0;
        });
        const sort = [{ field: 'id', direction: 'asc' }];
        return (await send('POST', `/v3/wlm/queues/${queue.id}/workitems/list`, { sort, page: { length: 1000 } })).list;
      },
    };
  }
  throw new Error('The bot was not uploaded.');
}

export interface RunnerProgram extends Program {
  readonly deviceId: string;
  readonly dataDir: string;
}

/** A real runner process, registered and connected. */
export async function startRunner(
  server: TestServer,
  env: Readonly<Record<string, string>> = {},
): Promise<RunnerProgram> {
  const dataDir = env.SIGNALBOX_RUNNER_DIR ?? (await mkdtemp(join(tmpdir(), 'signalbox-runner-')));
  const before = await devices(server);
  const { token } = (await server.call('POST', '/signalbox/v1/runner-tokens', { token: server.admin })).body;
  const program = startProgram('apps/runner/src/main.ts', {
    SIGNALBOX_URL: server.url,
    SIGNALBOX_RUNNER_DIR: dataDir,
    SIGNALBOX_RUNNER_TOKEN: token,
    SIGNALBOX_RUNNER_CAPACITY: '1',
    SIGNALBOX_LOG_LEVEL: 'warn',
    ...env,
  });
  let deviceId = '';
  await until(`the runner is connected: ${program.output()}`, async () => {
    const fresh = (await devices(server)).filter(
      ({ id, status }) => status === 'CONNECTED' && !before.some((one) => one.id === id),
    );
    deviceId = fresh[0]?.id ?? '';
    return deviceId !== '';
  });
  return { ...program, deviceId, dataDir };
}

export async function devices(server: TestServer): Promise<{ id: string; status: string }[]> {
  return (await server.call('POST', '/v2/devices/list', { token: server.admin, body: {} })).body.list;
}

/* A bot's parts, as short as a test can read them. */
let uids = 0;
export const text = (string: string) => ({ type: 'STRING', string });
export const expression = (value: string, type = 'STRING') => ({ type, expression: value });
export const number = (value: number) => ({ type: 'NUMBER', number: String(value) });
export const variable = (variableName: string) => ({ type: 'VARIABLE', variableName });
export const node = (
  packageName: string,
  commandName: string,
  attributes: Readonly<Record<string, object>> = {},
  more: object = {},
) => ({
  uid: `u${++uids}`,
  packageName,
  commandName,
  attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
  ...more,
});
export const say = (value: string, to = 'workItemResult') =>
  node('String', 'assign', { sourceString: expression(value) }, { returnTo: variable(to) });
export const wait = (milliseconds: number) =>
  node('Delay', 'delay', {
    delayTime: number(milliseconds),
    timeUnit: text('MILLISECONDS'),
    delayType: text('REGULAR'),
  });
/** Appends a line to a file. */
export const log = (path: string, line: string) =>
  node('LogToFile', 'logToFile', {
    filePath: { type: 'FILE', expression: `file://${path}` },
    logContent: expression(line),
    logOption: text('APPEND_FILE'),
    appendTimestamp: { type: 'BOOLEAN', boolean: false },
  });
export const bot = (...nodes: object[]) => ({
  nodes,
  variables: [
    { name: 'item', type: 'RECORD', input: false, output: false, workItem: true },
    { name: 'workItemResult', type: 'STRING', input: false, output: true },
    { name: 'greeting', type: 'STRING', input: true, output: false },
    { name: 'answer', type: 'STRING', input: false, output: true },
  ],
});
