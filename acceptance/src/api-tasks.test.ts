import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import {
  accessTo,
  allocate,
  assign,
  bot,
  type Executed,
  execute,
  expression,
  node,
  putBot,
  saveBot,
  slow,
  text,
  until,
} from './support/bots.ts';
import { openApiJudge } from './support/openapi-judge.ts';

const ZIP_BOT = readFileSync(join(import.meta.dirname, '..', '..', 'samples', 'zip-code', 'bot.json'), 'utf8');
const HOTBOT = '/orchestrator/v1/hotbot';
const zip = (code: string) => ({ botInput: { iStrZipCode: { type: 'STRING', string: code } } });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ SIGNALBOX_API_TASK_TIME_LIMIT_SECONDS: '2', SIGNALBOX_ON_DEMAND_SLOTS: '2' });
});
afterAll(() => server.stop());

const says = (what: string): string => bot([assign('said', text(what))], [{ name: 'said', output: true }]);
const said = ({ body }: Executed): unknown => body.hotBotResult?.botOutput.said?.string;

describe('the flow of the seed, with curl', () => {
  it('authenticates, allocates, lists, gets access and executes', async () => {
    const fileId = await saveBot(server, 'Zip Code API Task', ZIP_BOT);
    const runner = await server.user([], 'apitaskrunner');
    await server.user([7, 29, 100028], 'task admin');
    const { token } = await curl(
      'POST',
      `${server.url}/v1/authentication`,
      {},
      { username: 'task admin', password: 'correct-horse-battery' },
    );
    const auth = { 'X-Authorization': token };
    const settings = { fileId, runAsUserOrNone: runner.id, concurrencyLimit: 2 };
    expect(await curl('PUT', `${server.url}${HOTBOT}/config/create`, auth, settings)).toEqual(settings);

    const listed = await curl(
      'POST',
      `${server.url}${HOTBOT}/config`,
      { Authorization: `Bearer ${token}` },
      { page: { offset: 0, length: 100 } },
    );
    expect(listed).toEqual({
      list: [
        {
          fileId,
          filePath: 'Automation Anywhere\\Bots\\Zip Code API Task',
          fileName: 'Zip Code API Task',
          runAsUserOrNone: String(runner.id),
          concurrencyLimit: 2,
        },
      ],
      page: { offset: 0, total: 1, totalFilter: 1 },
    });

    const path = 'Automation Anywhere\\Bots\\Zip Code API Task';
    const { accessDetails, errors } = await curl('POST', `${server.url}${HOTBOT}/config/accessdetails`, auth, {
      botRepositoryPath: [path],
    });
    expect(errors).toEqual({});
    expect(accessDetails[path].url).toMatch(/^http.*\/execute$/);
    expect(await curl('POST', accessDetails[path].url, accessDetails[path].headers, zip('76131'))).toEqual({
      hotBotResult: {
        botOutput: {
          State: { type: 'STRING', string: 'California' },
          Place: { type: 'STRING', string: 'San Jose' },
        },
      },
    });
  });
});

/** Real curl where there is one: what the seed's page shows is a command line. */
async function curl(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: object,
  // biome-ignore lint/suspicious/noExplicitAny: the test asserts about it
): Promise<any> {
  const arguments_ = ['-sS', '-X', method, url, '-d', JSON.stringify(body)];
  for (const [name, value] of Object.entries(headers)) arguments_.push('-H', `${name}: ${value}`);
  const { stdout } = await promisify(execFile)('curl', arguments_).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
    return { stdout: await answer.text() };
  });
  return JSON.parse(stdout);
}

describe('the seed’s OpenAPI document', () => {
  const judge = openApiJudge('api-task-execution.openapi.yaml');
  const post = async (template: string, body: unknown, token: string | undefined = server.admin) => {
    const answer = await server.call('POST', `${HOTBOT}${template}`, { token, body });
    judge.check('POST', template, answer.status, asInSchema(answer.body));
    return answer;
  };

  it('judges every answer of list and access details', async () => {
    const runner = await server.user([], 'judged');
    const task = await allocate(server, 'Judged', says('x'));
    await server.call('PUT', `${HOTBOT}/config/create`, {
      token: server.admin,
      body: { fileId: Number(task.fileId), runAsUserOrNone: String(runner.id), concurrencyLimit: '3' },
    });
    expect((await post('/config', {})).status).toBe(200);
    expect((await post('/config', { page: { offset: 'x' } })).status).toBe(400);
    expect((await post('/config', {}, 'nonsense')).status).toBe(401);
    expect((await post('/config/accessdetails', { botRepositoryPath: [task.path] })).status).toBe(200);
    expect((await post('/config/accessdetails', {})).status).toBe(400);
    expect((await post('/config/accessdetails', { botRepositoryPath: [task.path] }, 'nonsense')).status).toBe(401);
    expect((await post('/config/accessdetails', { botRepositoryPath: ['Nowhere'] })).status).toBe(404);
  });

  /** The samples of the seed write the two ids as texts where its schema says integer; samples rank above (contract b §2.3). */
  function asInSchema(body: { list?: Record<string, unknown>[] }): unknown {
    if (!body?.list) return body;
    return {
      ...body,
      list: body.list.map(({ fileId, runAsUserOrNone, ...rest }) => ({
        ...rest,
        fileId: Number(fileId),
        // "or null", says the schema's description.
        ...(runAsUserOrNone === null ? {} : { runAsUserOrNone: Number(runAsUserOrNone) }),
      })),
    };
  }
});

describe('an allocation', () => {
  it('is changed by a second PUT, read, listed in pages and taken down', async () => {
    const { fileId, url, headers } = await allocate(server, 'Changed', says('x'));
    const config = `${HOTBOT}/config`;
    const changed = await server.call('PUT', `${config}/create`, {
      token: server.admin,
      body: { fileId, concurrencyLimit: 5 },
    });
    expect(changed.body).toEqual({ fileId, runAsUserOrNone: null, concurrencyLimit: 5 });
    expect((await server.call('GET', `${config}/${fileId}`, { token: server.admin })).body.concurrencyLimit).toBe(5);
    const cut = await server.call('POST', config, { token: server.admin, body: { page: { offset: 1, length: 5000 } } });
    expect(cut.body.list).toHaveLength(cut.body.page.total - 1);
    expect(cut.body.page.offset).toBe(1);

    expect((await server.call('DELETE', `/v2/repository/files/${fileId}`, { token: server.admin })).status).not.toBe(
      204,
    );
    expect((await server.call('DELETE', `${config}/${fileId}`, { token: server.admin })).status).toBe(204);
    expect((await server.call('GET', `${config}/${fileId}`, { token: server.admin })).status).toBe(404);
    expect((await execute({ url, headers })).status).toBe(404);
  });

  it.each([
    ['no API Task', 'application/vnd.aa.taskbot', says('x'), 'is no API Task'],
    ['a bot with a problem', undefined, bot([node('String', 'asign')]), 'line 1'],
    [
      'a bot that needs a device',
      undefined,
      bot([node('LogToFile', 'logToFile', { attributes: { filePath: text('x'), logContent: text('x') } })]),
      'line 1',
    ],
  ])('is refused for %s, with the reason', async (name, type, content, reason) => {
    const fileId = await saveBot(server, name, content, type);
    const answer = await server.call('PUT', `${HOTBOT}/config/create`, { token: server.admin, body: { fileId } });
    expect(answer.status).toBe(400);
    expect(answer.body.message + answer.body.details).toContain(reason);
  });

  it('is refused for a bot that is not there, a user who is not there, and a limit of 0', async () => {
    const fileId = await saveBot(server, 'Refused', says('x'));
    const create = (body: object) => server.call('PUT', `${HOTBOT}/config/create`, { token: server.admin, body });
    expect((await create({ fileId: 999_999 })).status).toBe(404);
    expect((await create({ fileId, runAsUserOrNone: 999_999 })).status).toBe(400);
    expect((await create({ fileId, concurrencyLimit: 0 })).status).toBe(400);
  });

  it('is the administrator’s business', async () => {
    const developer = await server.user([7, 29], 'task developer');
    const task = await allocate(server, 'Shared', says('hello'));
    expect((await server.call('POST', `${HOTBOT}/config`, { token: developer.token, body: {} })).status).toBe(403);
    expect(said(await execute(await accessTo(server, task.path, developer.token)))).toBe('hello');
  });
});

describe('a check-in', () => {
  it('is checked: what cannot run is kept, marked, and told line by line', async () => {
    const fileId = await saveBot(
      server,
      'Half done',
      bot([node('Comment', 'Comment'), node('String', 'asign'), assign('nobody', text('x'))]),
    );
    const file = await server.call('GET', `/v2/repository/files/${fileId}`, { token: server.admin });
    expect(file.body.hasErrors).toBe(true);
    const { body } = await server.call('GET', `/signalbox/v1/bots/${fileId}/problems`, { token: server.admin });
    expect(body.problems).toEqual([
      expect.objectContaining({ line: 2, code: 'unknown-command', severity: 'error' }),
      expect.objectContaining({ line: 3, code: 'undefined-variable', severity: 'error' }),
    ]);
    await putBot(server, fileId, says('done'));
    expect((await server.call('GET', `/v2/repository/files/${fileId}`, { token: server.admin })).body.hasErrors).toBe(
      false,
    );
  });
});

describe('access details', () => {
  it('echo the paths byte for byte, and tell partial errors', async () => {
    const { path } = await allocate(server, 'Echoed', says('x'));
    const spelt = 'automation anywhere/BOTS/echoed';
    await saveBot(server, 'Not allocated', says('x'));
    const answer = await server.call('POST', `${HOTBOT}/config/accessdetails`, {
      token: server.admin,
      body: { botRepositoryPath: [path, spelt, 'Automation Anywhere\\Bots\\Not allocated', '__proto__'] },
    });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body.accessDetails)).toEqual([path, spelt]);
    expect(answer.body.errors['Automation Anywhere\\Bots\\Not allocated']).toContain('not allocated');
    expect(answer.text).toContain('"__proto__":"There is nothing');
  });

  it('carry an RS512 token with the documented claims, for the one task', async () => {
    const one = await allocate(server, 'One', says('one'));
    const other = await allocate(server, 'Other', says('other'));
    const token = one.headers['X-Authorization'] ?? '';
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS512' });
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({
      sub: '1',
      clientType: 'WEB',
      multipleLogin: true,
      botId: Number(one.fileId),
      iss: 'AutomationAnywhere',
      tenantUuid: expect.any(String),
      nanoTime: expect.any(Number),
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(1_200);

    expect((await execute({ url: other.url, headers: one.headers })).status).toBe(403);
    expect((await execute({ url: one.url, headers: { 'X-Authorization': server.admin } })).status).toBe(401);
    expect((await server.call('POST', `${HOTBOT}/config`, { token, body: {} })).status).toBe(401);
    expect((await execute({ url: one.url, headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
  });
});

describe('an execution', () => {
  it('takes inputs by the whole grammar, and gives outputs back in it', async () => {
    const types = ['STRING', 'NUMBER', 'BOOLEAN', 'DATETIME', 'LIST', 'DICTIONARY', 'TABLE', 'RECORD', 'FILE'];
    const task = await allocate(
      server,
      'Echo',
      bot(
        [],
        types.map((type) => ({ name: `v${type}`, type, input: true, output: true })),
      ),
    );
    const botInput = {
      vSTRING: { type: 'STRING', string: 'Zoë ✓' },
      vNUMBER: { type: 'NUMBER', number: '3.5' },
      vBOOLEAN: { type: 'BOOLEAN', boolean: true },
      vDATETIME: { type: 'DATETIME', string: '2024-05-01T09:30:00+02:00[Europe/Paris]' },
      vLIST: {
        type: 'LIST',
        list: [
          { type: 'STRING', string: 'Ada' },
          { type: 'NUMBER', number: '7' },
        ],
      },
      vDICTIONARY: { type: 'DICTIONARY', dictionary: [{ key: '__proto__', value: { type: 'STRING', string: 'de' } }] },
      vTABLE: {
        type: 'TABLE',
        table: {
          schema: [
            { name: 'id', type: 'NUMBER' },
            { name: 'city', type: 'STRING' },
          ],
          rows: [
            {
              values: [
                { type: 'NUMBER', number: '1' },
                { type: 'STRING', string: 'Bonn' },
              ],
            },
          ],
        },
      },
      vRECORD: {
        type: 'RECORD',
        record: { schema: [{ name: 'a', type: 'STRING' }], values: [{ type: 'STRING', string: 'x' }] },
      },
      vFILE: { type: 'FILE', string: 'file:///tmp/a.txt' },
    };
    const answer = await execute(task, { botInput });
    expect(answer.status).toBe(200);
    const { vFILE, vDATETIME, ...outputs } = answer.body.hotBotResult.botOutput;
    const { vFILE: _file, vDATETIME: _moment, ...given } = botInput;
    expect(outputs).toEqual(given);
    // The moment with its offset; the zone's name is optional on the wire and not every reader knows it.
    expect(vDATETIME).toEqual({ type: 'DATETIME', string: '2024-05-01T09:30:00+02:00' });
    expect(vFILE.type).toBe('FILE');
  });

  it('sets only variables that are marked as input, and ignores names that the bot does not have', async () => {
    const task = await allocate(
      server,
      'Closed',
      bot(
        [assign('said', expression('$own$'))],
        [
          { name: 'own', defaultValue: text('mine') },
          { name: 'said', output: true },
        ],
      ),
    );
    expect(
      said(await execute(task, { botInput: { own: { string: 'yours' }, nobody: { type: 'NUMBER', number: 1 } } })),
    ).toBe('mine');
  });

  it.each([
    ['no body', ''],
    ['null', 'null '],
    ['an empty botInput', '{"botInput": ""}'],
    ['another letter case', '{"BOTINPUT": {}}'],
  ])('makes do with %s', async (_name, body) => {
    const task = await allocate(server, `Sloppy ${_name}`, says('fine'));
    const answer = await execute(task, body);
    expect(answer.status === 200 || _name === 'null', JSON.stringify(answer.body)).toBe(true);
  });

  it('never evaluates an expression that comes from outside', async () => {
    const task = await allocate(
      server,
      'Outside',
      bot(
        [assign('said', expression('$given$'))],
        [
          { name: 'given', input: true },
          { name: 'said', output: true },
        ],
      ),
    );
    expect(
      said(await execute(task, { botInput: { given: { type: 'STRING', string: '$System:AAControlRoom$' } } })),
    ).toBe('$System:AAControlRoom$');
  });

  it.each([
    ['an unknown type', { given: { type: 'STRNG', string: 'x' } }, 'botInput.given'],
    ['a missing payload', { given: { type: 'NUMBER' } }, 'botInput.given'],
    ['the wrong kind', { given: { type: 'LIST', list: ['a'] } }, 'botInput.given'],
  ])('refuses %s with 400 and the place', async (_name, botInput, place) => {
    const task = await allocate(server, `Wrong ${_name}`, slow(0));
    const answer = await execute(task, { botInput });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(place);
    expect((await execute(task, '{"botInput"')).status).toBe(400);
  });

  it('tells a bot’s own error as 500, with its line and the run', async () => {
    const task = await allocate(server, 'Failing', ZIP_BOT);
    const answer = await execute(task, zip('0'));
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: 'API_TASK.FAILED', message: 'There is no zip code "0" in the table.' });
    expect(answer.body.details).toMatch(/line 9 of .*Failing; run [\da-f-]{36}/);
  });

  it('ends after its time with 504 and where the record is', async () => {
    const task = await allocate(server, 'Endless', slow(60));
    const answer = await execute(task);
    expect(answer.status).toBe(504);
    const record = /\/v3\/activity\/execution\/[\da-f-]+/.exec(answer.body.details)?.[0] ?? '';
    const run = await until(
      () => server.call('GET', record, { token: server.admin }),
      ({ status }) => status === 200,
    );
    expect(run.body.status).toBe('RUN_TIMED_OUT');
  });

  it('is refused over the limit with 429 and Retry-After, and not under it', async () => {
    const task = await allocate(server, 'Limited', slow(0.4), 2);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => execute(task, { botInput: { given: text('x') } })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 429, 429, 429]);
    expect(answers.find(({ status }) => status === 429)?.headers.get('retry-after')).toBe('1');
    expect((await execute(task, { botInput: { given: text('again') } })).status).toBe(200);
  });

  it('runs as many at once as it may, also when each only waits', async () => {
    const task = await allocate(server, 'Parallel', slow(0.5), 8);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => execute(task, { botInput: { given: text('x') } })),
    );
    // One after the other they would take 4 s, and each may take 2.
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  });

  it('goes over to a new check-in without dropping a call', async () => {
    const task = await allocate(server, 'Swapped', says('old'), 4);
    let stop = false;
    const statuses = new Set<number>();
    const heard = new Set<unknown>();
    const calling = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!stop) {
          const answer = await execute(task);
          statuses.add(answer.status);
          heard.add(said(answer));
        }
      }),
    );
    await until(async () => heard.has('old'), Boolean);
    await putBot(server, task.fileId, says('new'));
    await until(async () => heard.has('new'), Boolean);
    stop = true;
    await calling;
    expect([...statuses]).toEqual([200]);
    expect(said(await execute(task))).toBe('new');
  });

  it('stays with the last good version when a check-in cannot run', async () => {
    const task = await allocate(server, 'Broken later', says('good'), 20);
    await putBot(server, task.fileId, bot([node('String', 'nonsense')]));
    // The next look at the files comes 20 ms after the save; a call before and after it must both be served.
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        new Promise((resolve) => setTimeout(resolve, n * 10)).then(() => execute(task)),
      ),
    );
    expect(new Set(answers.map(said))).toEqual(new Set(['good']));
  });

  it('is in the activity record of whoever called, and of nobody else', async () => {
    const [mine, other] = [await server.user([7, 29], 'caller'), await server.user([7, 29], 'bystander')];
    const task = await allocate(server, 'Recorded', says('x'));
    await execute(await accessTo(server, task.path, mine.token));
    const listOf = (token: string) => server.call('POST', '/v3/activity/list', { token, body: {} });
    const { body } = await until(
      () => listOf(mine.token),
      (answer) => answer.body.list.length > 0,
    );
    expect(body.list[0]).toMatchObject({
      status: 'COMPLETED',
      fileName: 'Recorded',
      filePath: task.path,
      fileId: task.fileId,
      userName: 'caller',
      progress: 100,
    });
    expect((await listOf(other.token)).body.list).toEqual([]);
    expect((await server.call('GET', `/v3/activity/execution/${body.list[0].id}`, { token: other.token })).status).toBe(
      404,
    );
  });

  it('is refused once its user is disabled', async () => {
    const user = await server.user([7, 29], 'leaving');
    const task = await allocate(server, 'Left', says('x'));
    const access = await accessTo(server, task.path, user.token);
    expect((await execute(access)).status).toBe(200);
    const changed = await server.call('PUT', `/v1/usermanagement/users/${user.id}`, {
      token: server.admin,
      body: { disabled: true },
    });
    expect(changed.status, changed.text).toBe(200);
    expect((await execute(access)).status).toBe(401);
  });
});

describe('on demand', () => {
  const deploy = (fileId: string, body: object = {}) =>
    server.call('POST', '/v4/automations/deploy', {
      token: server.admin,
      body: { botId: fileId, headlessRequest: {}, ...body },
    });
  const runsOf = async (deploymentId: string) => {
    const filter = { operator: 'eq', field: 'deploymentId', value: deploymentId };
    const answer = await server.call('POST', '/v3/activity/list', { token: server.admin, body: { filter } });
    return answer.body.list as { id: string; status: string }[];
  };

  it('runs the same bot, and has its outputs in the record', async () => {
    const fileId = await saveBot(server, 'Zip on demand', ZIP_BOT);
    const deployed = await deploy(fileId, { ...zip('10001'), automationName: 'Nightly' });
    expect(deployed.body).toEqual({ deploymentId: expect.any(String), automationName: 'Nightly' });
    const [run] = await until(
      () => runsOf(deployed.body.deploymentId),
      (list) => list[0]?.status === 'COMPLETED',
    );
    const execution = await server.call('GET', `/v3/activity/execution/${run?.id}`, { token: server.admin });
    expect(execution.body.botOutVariables.values).toEqual({
      State: { type: 'STRING', string: 'New York' },
      Place: { type: 'STRING', string: 'New York' },
    });
  });

  it('queues what finds no slot if it may, refuses it with 412 if it may not, and begins each run once', async () => {
    const fileId = await saveBot(server, 'Queued', slow(0.3));
    const queued = await deploy(fileId, { headlessRequest: { numberOfExecutions: 5, queueOnSlotsExhaustion: true } });
    expect(queued.status).toBe(200);
    expect((await deploy(fileId)).status).toBe(412);
    const done = await until(
      () => runsOf(queued.body.deploymentId),
      (list) => list.every(({ status }) => status === 'COMPLETED'),
    );
    expect(done).toHaveLength(5);
  });

  it('tells the failing line in the record', async () => {
    const fileId = await saveBot(server, 'Failing on demand', ZIP_BOT);
    const { body } = await deploy(fileId, zip('0'));
    const [run] = await until(
      () => runsOf(body.deploymentId),
      (list) => list[0]?.status === 'RUN_FAILED',
    );
    expect(run).toMatchObject({ message: 'There is no zip code "0" in the table.', currentLine: 9 });
  });

  it('refuses what is no request for it', async () => {
    const fileId = await saveBot(server, 'Unasked', says('x'));
    expect((await deploy(fileId, { attendedRequest: {} })).status).toBe(400);
    expect((await deploy(fileId, { headlessRequest: null })).status).toBe(400);
    expect((await deploy('999999')).status).toBe(404);
    expect((await deploy(fileId, { headlessRequest: { sharedRunAsUserId: 999_999 } })).body.message).toContain(
      'INVALID_ARGUMENT',
    );
  });
});
