import { describe, expect, it } from 'vitest';
import { compileBot, createRegistry, readBot } from '../src/index.ts';
import { testDeclarations } from './declarations.ts';
import {
  botText,
  catchInto,
  check,
  exp,
  fixture,
  flag,
  loopOver,
  node,
  note,
  num,
  output,
  put,
  run,
  runTask,
  set,
  str,
  testHost,
  times,
  to,
  tryWith,
  variable,
} from './support.ts';

const path = 'repository:///Automation%20Anywhere/Bots/A%20b/Child';
const child = 'Automation Anywhere/Bots/A b/Child';
const map = (...pairs: [string, string][]) => ({
  returnTo: {
    type: 'DICTIONARY',
    dictionary: pairs.map(([key, variableName]) => ({ key, value: { type: 'VARIABLE', variableName } })),
  },
});
const variables = [
  variable('s', 'STRING'),
  variable('n', 'NUMBER'),
  variable('d', 'DICTIONARY'),
  variable('list', 'LIST'),
  variable('msg', 'STRING'),
  variable('line', 'NUMBER'),
  variable('p', 'STRING'),
];

const doubling = botText(
  [
    variable('inValue', 'NUMBER', { output: false }),
    variable('outValue', 'NUMBER', { input: false }),
    variable('inner', 'STRING', { input: false, output: false }),
  ],
  [set('outValue', '$inValue$*2')],
);
const bots = { [child]: doubling };

describe('TaskBot.runTask', () => {
  it('gives inputs computed by the caller and maps outputs to its variables', async () => {
    const call = runTask(path, { INVALUE: { type: 'NUMBER', expression: '$n$+1' } }, map(['outvalue', 'n']));
    expect(await output(variables, [set('n', '20'), call], 'n', { bots })).toBe(42);
  });

  it('gives all outputs as a dictionary to a variable', async () => {
    expect(
      await output(variables, [runTask(path, { inValue: { type: 'NUMBER', number: '4' } }, to('d'))], 'd', { bots }),
    ).toEqual(new Map([['outValue', 8]]));
  });

  it('copies inputs and outputs, and starts each call from the defaults', async () => {
    const growing = botText(
      [variable('list', 'LIST'), variable('own', 'LIST', { defaultValue: { type: 'LIST', list: [] } })],
      [
        node('List.addItem', [exp('sourceList', '$list$', 'LIST'), str('listItem', 'new')]),
        node('List.addItem', [exp('sourceList', '$own$', 'LIST'), str('listItem', 'x')]),
      ],
    );
    const call = runTask(path, { list: { type: 'LIST', expression: '$list$' } }, map(['own', 'list']));
    const keep = runTask(path, { list: { type: 'LIST', expression: '$list$' } });
    const start = { inputs: new Map([['list', ['old']]]), bots: { [child]: growing } };
    expect(await output(variables, [keep, keep], 'list', start)).toEqual(['old']);
    expect(await output(variables, [call, call], 'list', start)).toEqual(['x']);
  });

  it('gives outputs that share nothing, though they shared it in the sub-bot', async () => {
    const child2 = botText(
      [variable('x', 'LIST'), variable('y', 'LIST')],
      [node('Test.give', [exp('value', '$x$', 'LIST')], to('y'))],
    );
    const add = node('List.addItem', [exp('sourceList', '$a$', 'LIST'), str('listItem', 'new')]);
    const lists = [variable('a', 'LIST'), variable('b', 'LIST')];
    const { outputs } = await run(botText(lists, [runTask(path, {}, map(['x', 'a'], ['y', 'b'])), add]), {
      bots: { [child]: child2 },
    });
    expect([outputs.get('a'), outputs.get('b')]).toEqual([['new'], []]);
  });

  it('reports an error with the bot and line in which it happened', async () => {
    const failing = botText([], [note('x'), node('Test.failLater', [str('message', 'deep')])]);
    const between = botText([], [note('x'), note('y'), runTask(path, {})]);
    const result = await run(botText(variables, [runTask('repository:///Bots/Between', {})]), {
      bots: { [child]: failing, 'Bots/Between': between },
    });
    expect(result.error).toEqual({ message: 'deep', line: 2, botPath: child, reason: 'error' });
  });

  it('lets the caller catch it at the line of the call', async () => {
    const failing = botText([], [note('x'), note('y'), node('Test.fail', [str('message', 'deep')])]);
    const nodes = [tryWith([runTask(path, {})], catchInto('msg', 'line', [put('s', '$msg$ at $line$')]))];
    expect(await output(variables, nodes, 's', { bots: { [child]: failing } })).toBe('deep at 2');
  });

  it('goes on after an error when told to, and says so', async () => {
    const failing = botText([], [node('Test.fail', [str('message', 'deep')])]);
    const logged: string[] = [];
    const nodes = [runTask(path, {}, {}, [flag('continueOnError', true)]), put('s', 'after')];
    expect(await output(variables, nodes, 's', { bots: { [child]: failing }, host: testHost({ logged }) })).toBe(
      'after',
    );
    expect(logged).toEqual([`warn: Line 1 goes on after an error in ${child} line 1: deep`]);
  });

  it('ends only the sub-bot when it stops itself, and tells it its own name', async () => {
    const stopping = botText(
      [variable('o', 'STRING')],
      [put('o', '$System:AATaskName$'), node('TaskBot.stopTask'), put('o', 'never')],
    );
    const nodes = [runTask(path, {}, map(['o', 's'])), put('s', '$s$ in $System:AATaskName$')];
    expect(await output(variables, nodes, 's', { bots: { [child]: stopping } })).toBe('Child in Main');
  });

  it('finds a bot whose path is put together when the line runs', async () => {
    const call = (target: string) =>
      runTask(
        'repository:///Automation%20Anywhere/Bots/$p$',
        { inValue: { type: 'NUMBER', number: '3' } },
        map([target, 'n']),
      );
    expect(await output(variables, [put('p', 'A b/Child'), call('outValue')], 'n', { bots })).toBe(6);
    const { error } = await run(botText(variables, [put('p', 'none'), call('outValue')]), { bots });
    expect(error).toMatchObject({ message: 'The bot "Automation Anywhere/Bots/none" is not there', line: 2 });
  });

  it('refuses a bot with problems at each call, when its path is put together at run time', async () => {
    const broken = { 'Automation Anywhere/Bots/bad': botText([], [node('No.such')]) };
    const call = tryWith(
      [runTask('repository:///Automation%20Anywhere/Bots/$p$', {})],
      catchInto('msg', 'line', [put('s', '$s$$msg$;')]),
    );
    const told = await output(variables, [put('p', 'bad'), call, call], 's', { bots: broken });
    const message =
      'The bot "Automation Anywhere/Bots/bad" cannot run. Line 1: There is no package No here, which No.such needs. Use another command, or disable the line;';
    expect(told).toBe(message + message);
  });

  it('finds such a bot for runs that ask at the same time', async () => {
    const grand = 'repository:///Automation%20Anywhere/Bots/A%20b/Child';
    const middle = botText([], [runTask(grand, {})]);
    const nodes = [put('p', 'Middle'), runTask('repository:///Bots/$p$', {})];
    const { bot } = await compileBot(readBot(botText(variables, nodes)), {
      registry: createRegistry(testDeclarations()),
      path: 'Bots/Main',
      resolveBot: async (wanted) => {
        await new Promise((resolve) => setImmediate(resolve));
        return readBot(wanted === 'Bots/Middle' ? middle : doubling);
      },
    });
    const results = await Promise.all([1, 2, 3].map(() => bot?.run({ host: testHost() })));
    expect(results.map((result) => result?.error)).toEqual([undefined, undefined, undefined]);
  });

  it('calls itself up to a limit', async () => {
    const circular = botText(
      [variable('n', 'NUMBER')],
      [
        set('n', '$n$+1'),
        runTask('repository:///Bots/Main', { n: { type: 'NUMBER', expression: '$n$' } }, map(['n', 'n'])),
      ],
    );
    const result = await run(circular, { bots: { 'Bots/Main': circular }, limits: { depth: 10 } });
    expect(result.error).toMatchObject({ message: 'Bots call each other more than 10 deep', line: 2 });
  });

  it('repeats a given number of times', async () => {
    const call = runTask(path, {}, {}, [str('repeatOption', 'REPEAT_TIMES'), num('repeatTimes', 3)]);
    const events: string[] = [];
    await run(botText(variables, [call]), { bots: { [child]: botText([], [note('ran')]) }, events });
    expect(events).toEqual(['ran', 'ran', 'ran']);
  });

  it('is refused before anything runs when the bot, or anything in it, is not there', async () => {
    expect((await check(botText([], [note('x'), runTask('repository:///Bots/None', {})]))).problems).toMatchObject([
      {
        code: 'missing-bot',
        line: 2,
        botPath: 'Bots/Main',
        message: expect.stringContaining('The bot "Bots/None" is not there'),
      },
    ]);
    const broken = botText([], [note('x'), node('No.such')]);
    expect((await check(botText([], [runTask(path, {})]), { bots: { [child]: broken } })).problems).toMatchObject([
      { code: 'unknown-command', line: 2, botPath: child },
    ]);
    const unreadable = await check(botText([], [runTask(path, {})]), { bots: { [child]: '{' } });
    expect(unreadable.problems.map((one) => one.code)).toEqual(['unreadable-bot', 'missing-bot']);
  });

  it('runs a batch of real shape: a list, a sub-bot for each, and a handler that counts what failed', async () => {
    const bots = { 'Automation Anywhere/Bots/Demo/Grade': fixture('grade.json') };
    const { outputs } = await run(fixture('batch.json'), { bots });
    expect(outputs).toEqual(
      new Map<string, unknown>([
        ['sErr', 'Expected a number, but got text "many"'],
        ['nErrLine', 3],
        ['oReport', 'large;medium;small (7 $);'],
        ['oFailed', 1],
      ]),
    );
  });

  it('runs many times over without keeping the caller waiting on itself', async () => {
    const call = runTask(path, { inValue: { type: 'NUMBER', expression: '$n$' } }, map(['outValue', 'line']));
    expect(await output(variables, [times(5_000, 'n', [call])], 'line', { bots })).toBe(10_000);
    expect(
      await output(variables, [loopOver('Test.rowsLater', [num('count', 2_000)], to('n'), [call])], 'line', { bots }),
    ).toBe(4_000);
  });
});
