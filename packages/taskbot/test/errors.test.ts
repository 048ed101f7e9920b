import { describe, expect, it } from 'vitest';
import {
  botText,
  breakLoop,
  catchInto,
  exp,
  finallyDo,
  flag,
  node,
  note,
  output,
  put,
  run,
  set,
  str,
  times,
  tryWith,
  variable,
} from './support.ts';

const variables = [
  variable('msg', 'STRING'),
  variable('line', 'NUMBER'),
  variable('i', 'NUMBER'),
  variable('n', 'NUMBER'),
];
const fail = (message: string) => node('Test.fail', [str('message', message)]);
const failLater = (message: string) => node('Test.failLater', [str('message', message)]);
const raise = (message: string, exceptionName = 'BotException') =>
  node('ErrorHandler.throw', [
    { name: 'exceptionType', value: { type: 'EXCEPTION', exceptionName, packageName: 'ErrorHandler' } },
    exp('message', message),
  ]);
const catching = (exceptionName: string, children: readonly object[]) =>
  catchInto('msg', 'line', children, [
    { name: 'exceptionType', value: { type: 'EXCEPTION', exceptionName, packageName: 'ErrorHandler' } },
  ]);

async function story(nodes: readonly object[]) {
  const events: string[] = [];
  const { outcome, error, outputs } = await run(botText(variables, nodes), { events });
  return { outcome, error, outputs, events };
}

describe('an error nobody handles', () => {
  it.each([
    ['an action', fail('broken'), 'broken'],
    ['an action that waited', failLater('late'), 'late'],
    ['throw', raise('number $n$'), 'number 0'],
    ['an expression', set('n', '$msg$ * 2'), 'Expected a number, but got text ""'],
  ])('of %s fails the run at its line', async (_, failing, message) => {
    const { outcome, error, outputs, events } = await story([
      note('a'),
      node('Step.step', [], { children: [failing] }),
      note('b'),
    ]);
    expect(outcome).toBe('failed');
    expect(error).toEqual({ message, line: 3, botPath: 'Bots/Main', reason: 'error' });
    expect(outputs.size).toBe(0);
    expect(events).toEqual(['a']);
  });

  it('in the condition of a later branch leaves with that branch’s line', async () => {
    const bad = {
      name: 'condition',
      value: { type: 'CONDITIONAL', packageName: 'Number', conditionalName: 'numberVariable' },
      attributes: [exp('variable', '$msg$', 'NUMBER'), exp('value', '$n$', 'NUMBER')],
    };
    const good = {
      name: 'condition',
      value: { type: 'CONDITIONAL', packageName: 'Test', conditionalName: 'is' },
      attributes: [],
    };
    const { error } = await story([
      node('If.if', [good], { children: [note('x')], branches: [node('If.elseIf', [bad])] }),
    ]);
    expect(error?.line).toBe(3);
  });
});

describe('try', () => {
  it.each([
    ['at once', fail('broken')],
    ['later', failLater('broken')],
  ])('gives catch the message and the editor line of what failed %s, and the bot goes on', async (_, failing) => {
    const { outcome, events } = await story([
      tryWith([note('a'), failing, note('never')], catchInto('msg', 'line', [note('$msg$ at $line$')])),
      note('after'),
    ]);
    expect(outcome).toBe('completed');
    expect(events).toEqual(['a', 'broken at 3', 'after']);
  });

  it('runs finally after success, after catch and after an error that goes on', async () => {
    expect((await story([tryWith([note('a')], finallyDo([note('f')]))])).events).toEqual(['a', 'f']);
    expect(
      (await story([tryWith([failLater('x')], catchInto('msg', 'line', [note('c')]), finallyDo([note('f')]))])).events,
    ).toEqual(['c', 'f']);
    const { outcome, error, events } = await story([tryWith([fail('x')], finallyDo([note('f')]))]);
    expect([outcome, error?.message, error?.line, events]).toEqual(['failed', 'x', 2, ['f']]);
  });

  it('runs finally when the try is left by a break or by stopTask', async () => {
    expect(
      (await story([times(3, 'i', [tryWith([breakLoop], finallyDo([note('f$i$')]))]), note('after')])).events,
    ).toEqual(['f1', 'after']);
    expect((await story([tryWith([node('TaskBot.stopTask')], finallyDo([note('f')])), note('never')])).events).toEqual([
      'f',
    ]);
  });

  it('lets an error of catch or finally replace the first', async () => {
    expect(
      (await story([tryWith([fail('one')], catchInto('msg', 'line', [raise('two: $msg$')]))])).error,
    ).toMatchObject({ message: 'two: one', line: 4 });
    expect((await story([tryWith([fail('one')], finallyDo([fail('three')]))])).error).toMatchObject({
      message: 'three',
      line: 4,
    });
  });

  it('marks a bot failed by the migrated idiom: a success flag and a throw in finally', async () => {
    const flagged = {
      name: 'condition',
      value: { type: 'CONDITIONAL', packageName: 'Number', conditionalName: 'numberVariable' },
      attributes: [
        exp('variable', '$n$', 'NUMBER'),
        str('operator', 'EQ'),
        { name: 'value', value: { type: 'NUMBER', number: '0' } },
      ],
    };
    const bot = (middle: object) => [
      tryWith(
        [tryWith([middle, set('n', '1')], catchInto('msg', 'line', []))],
        finallyDo([node('If.if', [flagged], { children: [raise('not done: $msg$')] })]),
      ),
    ];
    expect((await story(bot(note('fine')))).outcome).toBe('completed');
    expect((await story(bot(fail('bad')))).error?.message).toBe('not done: bad');
  });

  it('chooses the first catch that fits the exception', async () => {
    const bot = (exception: string) => [
      tryWith([raise('x', exception)], catching('TimeOut', [note('time')]), catching('BotException', [note('any')])),
    ];
    expect((await story(bot('TimeOut'))).events).toEqual(['time']);
    expect((await story(bot('Other'))).events).toEqual(['any']);
    expect((await story([tryWith([raise('x', 'Other')], catching('TimeOut', []))])).outcome).toBe('failed');
  });

  it('goes on with the next line after each error when catch continues on error', async () => {
    const bot = tryWith(
      [fail('1'), note('a'), failLater('2'), note('b')],
      catchInto('msg', 'line', [note('$msg$ at $line$')], [flag('continueOnError', true)]),
    );
    expect((await story([bot])).events).toEqual(['1 at 2', 'a', '2 at 4', 'b']);
  });

  it('keeps the variables as they were when it failed', async () => {
    expect(
      await output(
        variables,
        [tryWith([set('n', '5'), fail('x'), set('n', '6')], catchInto('msg', 'line', [])), put('msg', '$n$')],
        'msg',
      ),
    ).toBe('5');
  });
});
