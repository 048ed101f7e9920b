import { type BotValue, compileBot, createRegistry, type RunHost, readBot } from '@signalbox/taskbot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutgoingRules, standardPackages } from '../src/index.ts';
import { serve, type TestServer } from './network-support.ts';
import { testHost } from './support.ts';

/* Whole documents, as an API Task has them: no file system, calls by the rules. */

let server: TestServer;
beforeAll(async () => {
  server = await serve((asked, answer) =>
    answer.end(`<orders><order id="1">${asked.headers['x-key']}</order><order id="2">b</order></orders>`),
  );
});
afterAll(() => server.close());

const str = (name: string, string: string) => ({ name, value: { type: 'STRING', string } });
const exp = (name: string, expression: string, type = 'STRING') => ({ name, value: { type, expression } });
const to = (variableName: string) => ({ returnTo: { type: 'VARIABLE', variableName } });
const named = (string: string) => ({ type: 'SESSION', sessionName: { type: 'STRING', string } });
const node = (packageName: string, commandName: string, attributes: readonly object[], more: object = {}) => ({
  uid: `${packageName}-${commandName}`,
  packageName,
  commandName,
  attributes,
  ...more,
});
const variable = (name: string, type: string) => ({ name, type, input: false, output: true });

const header = {
  type: 'DICTIONARY',
  dictionary: [
    { key: 'enabled', value: { type: 'BOOLEAN', boolean: true } },
    { key: 'name', value: { type: 'STRING', string: 'X-Key' } },
    { key: 'value', value: { type: 'STRING', string: 'a' } },
  ],
};

describe('an API Task', () => {
  it('asks a service, reads its XML by name, loops over it, and computes in a script', async () => {
    const document = readBot(
      JSON.stringify({
        variables: [
          variable('answer', 'DICTIONARY'),
          variable('text', 'STRING'),
          variable('item', 'STRING'),
          variable('all', 'STRING'),
          variable('result', 'STRING'),
        ],
        nodes: [
          node(
            'Rest',
            'restGet',
            [
              str('uriOption', 'text'),
              str('uri', server.url),
              str('authenticationMode', 'NoAuthentication'),
              { name: 'customHeaders', value: { type: 'LIST', list: [header] } },
              { name: 'captureFailureResponse', value: { type: 'BOOLEAN', boolean: false } },
              { name: 'timeOut', value: { type: 'NUMBER', number: '60000' } },
            ],
            to('answer'),
          ),
          node('XML', 'startSession', [
            str('sessionName', 'Default'),
            str('inputType', 'text'),
            exp('data', '$answer{Body}$'),
          ]),
          node(
            'XML',
            'getSingleNodeV2',
            [str('sessionName', 'Default'), str('xPath', '/orders/order[2]'), str('attributeName', 'id')],
            to('text'),
          ),
          node('XML', 'getMultipleNodeV2', [
            str('sessionName', 'Default'),
            str('typeToReturn', 'text'),
            str('xPath', '//order'),
          ]),
          node(
            'Loop',
            'loop.commands.start',
            [
              str('loopType', 'ITERATOR'),
              {
                name: 'iterator',
                value: { type: 'ITERATOR', packageName: 'XML', iteratorName: 'iterators.xml' },
                attributes: [str('session', 'Default')],
                ...to('item'),
              },
            ],
            { children: [node('String', 'assign', [exp('sourceString', '$all$$item$')], to('all'))] },
          ),
          node('XML', 'endSession', [str('sessionName', 'Default')]),
          node(
            'JavaScript',
            'javascript.commands.openScript',
            [str('scriptOption', 'SCRIPT'), str('script', 'const shout = (text) => text.toUpperCase() + "!";')],
            { returnTo: { ...named('js'), sessionTarget: 'LOCAL' } },
          ),
          node(
            'JavaScript',
            'javascript.commands.executeFunction',
            [
              { name: 'session', value: named('js') },
              str('functionName', 'shout'),
              { name: 'argument', value: { type: 'VARIABLE', variableName: 'all' } },
            ],
            to('result'),
          ),
        ],
      }),
    );
    const { bot, problems } = await compileBot(document, {
      registry: createRegistry(standardPackages),
      path: 'Bots/Test',
      target: 'anywhere',
    });
    expect(problems).toEqual([]);
    const { sessions: _own, signal: _signal, ...house } = testHost(undefined, { workFolder: undefined });
    const host: RunHost = { ...house, outgoing: createOutgoingRules({ allow: ['loopback'] }) };
    const result = await bot?.run({ host });
    expect(result?.error).toBeUndefined();
    const output = (name: string): BotValue | undefined => result?.outputs.get(name);
    expect([output('text'), output('all'), output('result')]).toEqual(['2', 'ab', 'AB!']);
  });
});
