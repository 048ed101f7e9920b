import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import {
  allocate,
  assign,
  bot,
  type Executed,
  execute,
  expression,
  forever,
  node,
  putBot,
  saveBot,
  type Task,
  text,
  until,
} from './support/bots.ts';

/**
 * Bots that mean harm, or do it. Each ends with an error that says what happened, within its time, and the call after it is
 * served: what one bot does costs that one call.
 */
const LIMIT_SECONDS = 3;
let server: TestServer;
let web: Server;
let base: string;
/** A bot has called `/hold`, which never answers; and its connection was closed. */
let held = Promise.withResolvers<void>();
let letGo = Promise.withResolvers<void>();

beforeAll(async () => {
  web = createServer((request, response) => {
    if (request.url === '/endless') {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const chunk = Buffer.alloc(1024 * 1024, 'x');
      let sent = 0;
      const more = (): void => {
        // 200 MB, for whoever reads them.
        while (sent < 200 && response.writable) {
          sent++;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    } else if (request.url === '/zero') response.end('a\0b');
    else if (request.url === '/hold') {
      held.resolve();
      request.socket.once('close', () => letGo.resolve());
    } else if (request.url?.startsWith('/to?')) {
      response.writeHead(302, { location: decodeURIComponent(request.url.slice(4)) }).end();
    } else response.end('{"hello":"world"}');
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  server = await startTestServer({
    SIGNALBOX_API_TASK_TIME_LIMIT_SECONDS: String(LIMIT_SECONDS),
    SIGNALBOX_API_TASK_MEMORY_MEGABYTES: '96',
    SIGNALBOX_OUTGOING_ALLOW: 'public,private,loopback',
  });
});
afterAll(async () => {
  await server.stop();
  web.close();
});

const said = ({ body }: Executed): unknown => body.hotBotResult?.botOutput.said?.string;
/** What the bot does when it is asked to misbehave, and what it does otherwise. */
function onDemand(misdeed: readonly object[], variables: Parameters<typeof bot>[1] = []): string {
  const condition = {
    name: 'condition',
    value: { type: 'CONDITIONAL', conditionalName: 'stringVariable', packageName: 'String' },
    attributes: [
      { name: 'variable', value: expression('$mode$') },
      { name: 'operator', value: text('EQ') },
      { name: 'value', value: text('harm') },
    ],
  };
  const harm = node('If', 'if', { children: misdeed }) as { attributes: object[] };
  harm.attributes.push(condition);
  return bot(
    [harm, assign('said', text('well'))],
    [{ name: 'mode', input: true }, { name: 'said', output: true }, ...variables],
  );
}

const harm = { botInput: { mode: text('harm') } };

/** That it is answered at all is what is asked for here: a bot that nothing ends would be waited for until the test gives up. */
const misbehave = (task: Task): Promise<Executed> => execute(task, harm);

async function isServed(task: Task): Promise<void> {
  const next = await until(
    () => execute(task),
    ({ status }) => status !== 503,
  );
  expect(next.status, JSON.stringify(next.body)).toBe(200);
  expect(said(next)).toBe('well');
}

const scalar = (name: string): { name: string } => ({ name });
const script = (code: string): readonly object[] => [
  node('JavaScript', 'openScript', {
    attributes: { session: text('s'), scriptOption: text('SCRIPT'), script: text(code) },
  }),
  node('JavaScript', 'executeFunction', { attributes: { session: text('s'), functionName: text('f') }, into: 'big' }),
];
const get = (uri: string): readonly object[] => [
  node('Rest', 'restGet', {
    attributes: { uriOption: text('text'), uri: text(uri), authenticationMode: text('NoAuthentication') },
    into: 'answer',
  }),
];
const DICTIONARY = { name: 'answer', type: 'DICTIONARY' };

describe('a hostile bot', () => {
  it.each<[string, readonly object[], RegExp, { name: string; type?: string }[]]>([
    [
      'that loops for ever',
      [forever([assign('big', text('x'))])],
      /time of the run|did not end within/,
      [scalar('big')],
    ],
    [
      'that doubles a text for ever',
      [assign('big', text('0123456789')), forever([assign('big', expression('$big$$big$'))])],
      /characters|memory/,
      [scalar('big')],
    ],
    [
      'that fills a list for ever',
      [
        assign('big', text('x'.repeat(1_000))),
        forever([
          assign('part', expression('$big$y')),
          node('List', 'addItem', {
            attributes: {
              sourceList: { type: 'VARIABLE', variableName: 'list' },
              listItem: { type: 'VARIABLE', variableName: 'part' },
              itemPosition: text('END'),
            },
          }),
        ]),
      ],
      /memory|items|did not end within/,
      [scalar('big'), scalar('part'), { name: 'list', type: 'LIST' }],
    ],
    [
      'with a script that loops for ever',
      script('function f() { for (;;) {} }'),
      /script|time|did not end/i,
      [scalar('big')],
    ],
    [
      'with a script that eats memory',
      script('function f() { const a = []; for (;;) a.push("x".repeat(100000) + a.length); }'),
      // Whichever comes first on a busy machine.
      /memory|did not end within/i,
      [scalar('big')],
    ],
    [
      'with a script that calls itself',
      script('function f() { return f() + 1; }'),
      /stack|recursion|deep/i,
      [scalar('big')],
    ],
    [
      'with a regular expression that explodes',
      [
        assign('big', text(`${'a'.repeat(50_000)}!`)),
        node('String', 'replace', {
          attributes: {
            sourceString: expression('$big$'),
            find: text('^(a+)+$'),
            replaceWith: text(''),
            isRegularExpression: text('true'),
            isCaseSensitive: text('true'),
          },
          into: 'big',
        }),
        node('ErrorHandler', 'throw', {
          attributes: {
            exceptionType: { type: 'EXCEPTION', exceptionName: 'BotException', packageName: 'ErrorHandler' },
            message: text('it took no time'),
          },
        }),
      ],
      /it took no time/,
      [scalar('big')],
    ],
  ])('%s costs one call', async (name, misdeed, message, variables) => {
    const task = await allocate(server, `Hostile ${name}`, onDemand(misdeed, variables));
    const answer = await misbehave(task);
    expect([500, 504], JSON.stringify(answer.body)).toContain(answer.status);
    expect(`${answer.body.message}`).toMatch(message);
    await isServed(task);
  });

  it('costs one call also while others are being served', async () => {
    const task = await allocate(
      server,
      'Hostile among others',
      onDemand([forever([assign('big', text('x'))])], [scalar('big')]),
      4,
    );
    const spoilt = misbehave(task);
    let served = 0;
    const others = Array.from({ length: 3 }, async () => {
      for (let n = 0; n < 30; n++) {
        const answer = await execute(task);
        expect(answer.status, JSON.stringify(answer.body)).toBe(200);
        served++;
      }
    });
    await Promise.all(others);
    expect(served).toBe(90);
    expect((await spoilt).status).toBe(504);
  });

  it('that calls itself for ever is told how deep it came', async () => {
    const name = 'Hostile recursion';
    const itself = node('TaskBot', 'runTask');
    (itself as { attributes: object[] }).attributes.push({
      name: 'taskbot',
      value: {
        type: 'TASKBOT',
        taskbotFile: { type: 'FILE', string: `repository:///Automation%20Anywhere/Bots/${encodeURIComponent(name)}` },
        taskbotInput: { type: 'DICTIONARY', dictionary: [{ key: 'mode', value: text('harm') }] },
      },
    });
    const task = await allocate(server, name, onDemand([itself]));
    const answer = await misbehave(task);
    expect(answer.status).toBe(500);
    expect(answer.body.message).toMatch(/deep/);
    await isServed(task);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'may call a variable and a key %s, and nothing comes of it',
    async (name) => {
      const content = bot(
        [
          node('Dictionary', 'put', {
            attributes: {
              sourceMap: { type: 'VARIABLE', variableName: 'map' },
              key: text(name),
              value: text('x'),
              varOrManual: text('manual'),
            },
          }),
          assign(name, expression(`${'$given$'} polluted`)),
        ],
        [
          { name: 'given', input: true },
          { name, output: true, input: true },
          { name: 'map', type: 'DICTIONARY', output: true },
        ],
      );
      const task = await allocate(server, `Named ${name}`, content);
      const answer = await fetch(task.url, {
        method: 'POST',
        headers: task.headers,
        body: `{"botInput": {"given": {"string": "not"}, "${name}": {"type": "STRING", "string": "y"}}}`,
      });
      const came = await answer.text();
      expect(answer.status, came).toBe(200);
      expect(came).toContain(`"${name}":{"type":"STRING","string":"not polluted"}`);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    },
  );
});

describe('calls to the world', () => {
  it('reach who is allowed', async () => {
    const task = await allocate(
      server,
      'Allowed',
      onDemand([...get(`${base}/`), assign('said', expression('$answer{Body}$'))], [DICTIONARY]),
    );
    const answer = await execute(task, harm);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  });

  it.each<[string, () => string, RegExp]>([
    ['200 MB', () => `${base}/endless`, /MB|bytes|larger/],
    ['the metadata address', () => 'http://169.254.169.254/latest/meta-data/', /169\.254\.169\.254/],
    ['the metadata address in another spelling', () => 'http://[::ffff:169.254.169.254]/', /169\.254|a9fe/],
    [
      'the metadata address behind a redirect',
      () => `${base}/to?${encodeURIComponent('http://169.254.169.254/')}`,
      /169\.254\.169\.254/,
    ],
    [
      'the server’s own database',
      () => `http://${new URL(server.room.databaseUrl).host}/`,
      /may not|refused|not allowed|own|denied/i,
    ],
    [
      'the database behind a redirect',
      () => `${base}/to?${encodeURIComponent(`http://${new URL(server.room.databaseUrl).host}/`)}`,
      /may not|refused|not allowed|own|denied/i,
    ],
    ['a file', () => 'file:///etc/passwd', /http/],
  ])('to %s are refused with the reason', async (name, uri, reason) => {
    const task = await allocate(server, `Calls ${name}`, onDemand(get(uri()), [DICTIONARY]));
    const answer = await misbehave(task);
    expect(answer.status, JSON.stringify(answer.body)).toBe(500);
    expect(answer.body.message).toMatch(reason);
    await isServed(task);
  });
});

describe('what no database can hold', () => {
  // A text with a zero character, as an answer from outside may hold one.
  const zero = () => [...get(`${base}/zero`), assign('big', expression('$answer{Body}$'))];
  const runs = async (fileId: string) => {
    const filter = { operator: 'eq', field: 'fileId', value: fileId };
    const answer = await server.call('POST', '/v3/activity/list', { token: server.admin, body: { filter } });
    return answer.body.list as { status: string; message: string }[];
  };

  it('in an error is recorded without it, and keeps nobody else out of the record', async () => {
    const fail = node('ErrorHandler', 'throw', {
      attributes: {
        exceptionType: { type: 'EXCEPTION', exceptionName: 'BotException', packageName: 'ErrorHandler' },
        message: expression('$big$'),
      },
    });
    const task = await allocate(server, 'Zero in an error', onDemand([...zero(), fail], [scalar('big'), DICTIONARY]));
    expect((await execute(task, harm)).status).toBe(500);
    expect((await execute(task)).status).toBe(200);
    const list = await until(
      () => runs(task.fileId),
      (found) => found.length === 2,
    );
    expect(list.map(({ status }) => status).sort()).toEqual(['COMPLETED', 'RUN_FAILED']);
  });

  it('in an output ends a run on demand all the same', async () => {
    const fileId = await saveBot(
      server,
      'Zero in an output',
      bot(
        [...zero(), assign('said', expression('$big$'))],
        [scalar('big'), DICTIONARY, { name: 'said', output: true }],
      ),
    );
    await server.call('POST', '/v4/automations/deploy', {
      token: server.admin,
      body: { botId: fileId, headlessRequest: {} },
    });
    const [run] = await until(
      () => runs(fileId),
      (found) => found[0]?.status === 'COMPLETED',
    );
    expect(run?.message).toBe('');
  });
});

describe('a caller who hangs up', () => {
  it('stops the bot, with all that it waits for', async () => {
    held = Promise.withResolvers<void>();
    letGo = Promise.withResolvers<void>();
    const task = await allocate(server, 'Hung up', onDemand(get(`${base}/hold`), [DICTIONARY]), 1);
    const caller = new AbortController();
    const calling = execute(task, harm, caller.signal).catch(() => undefined);
    await held.promise;
    expect((await execute(task)).status).toBe(429);
    caller.abort();
    await calling;
    await letGo.promise;
    const filter = { operator: 'eq', field: 'fileId', value: task.fileId };
    const activity = await until(
      () => server.call('POST', '/v3/activity/list', { token: server.admin, body: { filter } }),
      ({ body }) => body.list.length > 0,
    );
    expect(activity.body.list[0]).toMatchObject({ status: 'RUN_ABORTED', message: 'The caller hung up.' });
    await isServed(task);
  });
});

describe('a bot in the wrong place', () => {
  it('has no file system, process or environment', async () => {
    const reads = bot(
      [
        node('TextFile', 'ReadFile', {
          attributes: { filePath: { type: 'FILE', string: 'file:///etc/passwd' } },
          into: 'said',
        }),
      ],
      [{ name: 'said', output: true }],
    );
    const fileId = await saveBot(server, 'Reads files', reads);
    const refused = await server.call('PUT', '/orchestrator/v1/hotbot/config/create', {
      token: server.admin,
      body: { fileId },
    });
    expect(refused.status).toBe(400);
    expect(refused.body.details).toMatch(/line 1.*device/);

    // What may run anywhere but can take a file says so when it is asked for one.
    await putBot(
      server,
      fileId,
      bot([
        node('XML', 'startSession', {
          attributes: {
            sessionName: text('s'),
            inputType: text('file'),
            filePath: { type: 'FILE', string: 'file:///etc/passwd' },
          },
        }),
      ]),
    );
    const allocated = await server.call('PUT', '/orchestrator/v1/hotbot/config/create', {
      token: server.admin,
      body: { fileId },
    });
    if (allocated.status === 200) {
      const access = await server.call('POST', '/orchestrator/v1/hotbot/config/accessdetails', {
        token: server.admin,
        body: { botRepositoryPath: ['Automation Anywhere\\Bots\\Reads files'] },
      });
      const answer = await execute(access.body.accessDetails['Automation Anywhere\\Bots\\Reads files']);
      expect(answer.status).toBe(500);
      expect(answer.body.message).toMatch(/no file system/);
    } else expect(allocated.body.details).toMatch(/device/);
  });

  it('cannot see the server from a script', async () => {
    const looks =
      'function f() { return [typeof process, typeof require, typeof fetch, typeof globalThis.Deno, typeof WebAssembly].join() }';
    const content = bot(
      [...script(looks), assign('said', expression('$big$'))],
      [scalar('big'), { name: 'said', output: true }],
    );
    const answer = await execute(await allocate(server, 'Looks around', content));
    expect(said(answer)).toBe('undefined,undefined,undefined,undefined,undefined');
  });
});
