import { describe, expect, it } from 'vitest';
import {
  botText,
  check,
  compare,
  exp,
  fixture,
  flag,
  is,
  loopOver,
  loopWhile,
  node,
  note,
  output,
  put,
  run,
  set,
  str,
  times,
  to,
  variable,
} from './support.ts';

const variables = [
  variable('n', 'NUMBER'),
  variable('i', 'NUMBER'),
  variable('j', 'NUMBER'),
  variable('s', 'STRING'),
  variable('row', 'RECORD'),
  variable('list', 'LIST'),
];

/** What the notes of a bot say, in their order. */
async function notes(nodes: readonly object[]): Promise<string[]> {
  const events: string[] = [];
  const { outcome, error } = await run(botText(variables, nodes), { events });
  if (outcome !== 'completed') throw new Error(`line ${error?.line}: ${error?.message}`);
  return events;
}

const iff = (condition: object, children: readonly object[], ...branches: readonly object[]) =>
  node('If.if', [condition], { children, branches });
const elseIf = (condition: object, children: readonly object[]) => node('If.elseIf', [condition], { children });
const otherwise = (children: readonly object[]) => node('If.else', [], { children });
const breakOut = node('Loop.loop.commands.break');
const goOn = node('Loop.loop.commands.continue');

describe('steps, comments and disabled nodes', () => {
  it('runs a step in line, and leaves out comments and disabled subtrees whatever they hold', async () => {
    expect(
      await notes([
        node('Step.step', [str('title', 'one')], { children: [note('a')] }),
        node('Comment.Comment', [str('comment', 'x')]),
        node('If.if', [], { disabled: true, children: [node('No.such')] }),
        iff(is('c', true), [note('b')], { ...otherwise([node('No.such')]), disabled: true }),
      ]),
    ).toEqual(['a', 'c', 'b']);
  });
});

describe('If', () => {
  it.each([
    [
      [true, true],
      ['first', 'A'],
    ],
    [
      [false, true],
      ['first', 'second', 'B'],
    ],
    [
      [false, false],
      ['first', 'second', 'C'],
    ],
  ])('takes the first branch whose condition holds: %j', async ([one, two], expected) => {
    const bot = iff(
      is('first', one === true),
      [note('A')],
      elseIf(is('second', two === true), [note('B')]),
      otherwise([note('C')]),
    );
    expect(await notes([bot])).toEqual(expected);
  });

  const link = (operator: string, name: string, result: boolean, next?: object) => ({
    operatorAttribute: { operator, ...is(name, result), name: undefined, ...next },
  });
  it.each([
    ['asks the second of AND', is('a', true, link('AND', 'b', false)), ['a', 'b', 'no']],
    ['spares the second of AND', is('a', false, link('AND', 'b', true)), ['a', 'no']],
    ['spares the second of OR', is('a', true, link('OR', 'b', false)), ['a', 'yes']],
    [
      'has no precedence: (true OR false) AND false',
      is('a', true, link('OR', 'b', false, link('AND', 'c', false))),
      ['a', 'c', 'no'],
    ],
    [
      'has no precedence: (false AND true) OR true',
      is('a', false, link('AND', 'b', true, link('OR', 'c', true))),
      ['a', 'c', 'yes'],
    ],
    [
      'takes a group as one condition: true OR (false AND false)',
      is('a', true, { operatorAttribute: { operator: 'OR', groupAttribute: is('b', false, link('AND', 'c', false)) } }),
      ['a', 'yes'],
    ],
    [
      'takes a leading group as one condition: (false OR true) AND true',
      { name: 'condition', groupAttribute: is('a', false, link('OR', 'b', true)), ...link('AND', 'c', true) },
      ['a', 'b', 'c', 'yes'],
    ],
  ])('with a chain %s', async (_, condition, expected) => {
    expect(await notes([iff(condition, [note('yes')], otherwise([note('no')]))])).toEqual(expected);
  });

  it('waits for a condition that answers later, also inside a chain', async () => {
    const later = (name: string, result: boolean, more: object = {}) => ({
      ...is(name, result, more),
      value: { type: 'CONDITIONAL', packageName: 'Test', conditionalName: 'isLater' },
    });
    const bot = iff(
      later('a', false, link('OR', 'b', false)),
      [note('A')],
      elseIf(later('c', true, link('AND', 'd', true)), [note('B')]),
    );
    expect(await notes([bot, note('end')])).toEqual(['a', 'b', 'c', 'd', 'B', 'end']);
  });

  it('decides the grades of a real-shaped bot', async () => {
    const grade = async (amount: number, country: string) =>
      (
        await run(fixture('grade.json'), {
          inputs: new Map<string, number | string>([
            ['iamount', amount],
            ['ICOUNTRY', country],
          ]),
        })
      ).outputs.get('oGrade');
    expect(await grade(1000, 'DE')).toBe('large');
    expect(await grade(1000, 'FR')).toBe('medium');
    expect(await grade(99, 'DE')).toBe('small (99 $)');
  });
});

describe('Loop', () => {
  it('counts turns from 1, as often as it was told when it began', async () => {
    expect(
      await notes([
        set('n', '3'),
        loopOver('Loop.loop.iterators.times', [exp('times', '$n$', 'NUMBER')], to('i'), [set('n', '9'), note('$i$')]),
      ]),
    ).toEqual(['1', '2', '3']);
    expect(await notes([times(0, 'i', [note('never')])])).toEqual([]);
  });

  it('turns while its condition holds, and once before asking when it checks at the end', async () => {
    expect(await notes([loopWhile(compare('n', 'LT', 2), [set('n', '$n$+1'), note('$n$')])])).toEqual(['1', '2']);
    expect(
      await notes([loopWhile(compare('n', 'LT', 0), [note('once')], [flag('checkConditionAtEnd', true)])]),
    ).toEqual(['once']);
    expect(await notes([loopWhile(compare('n', 'LT', 0), [note('never')])])).toEqual([]);
  });

  it('goes over what a package iterates, into a variable or column by column', async () => {
    expect(await notes([loopOver('Test.rows', [], to('row'), [note('$row{Id}$ $row[1]$')])])).toEqual([
      '1 row 1',
      '2 row 2',
      '3 row 3',
      'rows closed',
    ]);
    const binding = (key: string, variableName: string) => ({ key, value: { type: 'VARIABLE', variableName } });
    const columns = { returnTo: { type: 'DICTIONARY', dictionary: [binding('id', 'n'), binding('NAME', 's')] } };
    expect(await notes([loopOver('Test.rows', [], columns, [note('$n$ is $s$')])])).toEqual([
      '1 is row 1',
      '2 is row 2',
      '3 is row 3',
      'rows closed',
    ]);
  });

  it.each(['Test.rows', 'Test.rowsLater'])('closes %s when it is left early', async (iterator) => {
    const into = iterator === 'Test.rows' ? {} : to('n');
    expect(await notes([loopOver(iterator, [], into, [note('turn'), breakOut]), note('after')])).toEqual([
      'turn',
      'rows closed',
      'after',
    ]);
  });

  it('goes over items that come later', async () => {
    expect(
      await notes([loopOver('Test.rowsLater', [], to('n'), [iff(compare('n', 'EQ', 2), [goOn]), note('$n$')])]),
    ).toEqual(['1', '3', 'rows closed']);
  });

  it('breaks and continues the innermost loop', async () => {
    const inner = times(3, 'j', [iff(compare('j', 'EQ', 2), [breakOut]), note('$i$$j$')]);
    expect(await notes([times(2, 'i', [inner])])).toEqual(['11', '21']);
    expect(await notes([times(3, 'i', [iff(compare('i', 'EQ', 2), [goOn]), note('$i$')])])).toEqual(['1', '3']);
  });

  it('breaks and continues the loop that an anchor names', async () => {
    const named = (command: string) => node(`Loop.loop.commands.${command}`, [str('anchor', 'outer')]);
    const nest = (command: string) =>
      times(2, 'i', [times(2, 'j', [note('$i$$j$'), named(command)]), note('never')], { anchor: 'outer' });
    expect(await notes([nest('break')])).toEqual(['11']);
    expect(await notes([nest('continue')])).toEqual(['11', '21']);
  });

  it('keeps order and variables where every turn waits', async () => {
    const wait = node('Test.later', [exp('value', '$n$+$i$', 'NUMBER')], to('n'));
    expect(await output(variables, [times(100, 'i', [wait, iff(compare('i', 'EQ', 50), [goOn])])], 'n')).toBe(5050);
  });

  it('makes a list in an attribute anew at each turn', async () => {
    const list = { name: 'value', value: { type: 'LIST', list: [{ type: 'STRING', string: 'x' }] } };
    const add = node('List.addItem', [
      { name: 'sourceList', value: { type: 'VARIABLE', variableName: 'list' } },
      exp('listItem', '$i$', 'NUMBER'),
    ]);
    expect(await output(variables, [times(2, 'i', [node('Test.give', [list], to('list')), add])], 'list')).toEqual([
      'x',
      2,
    ]);
  });

  it('can be left by stopTask, which ends the bot as completed with its outputs', async () => {
    const { outcome, outputs } = await run(
      botText(variables, [times(5, 'i', [put('s', 'turn $i$'), node('TaskBot.stopTask')]), put('s', 'after')]),
    );
    expect(outcome).toBe('completed');
    expect(outputs.get('s')).toBe('turn 1');
  });

  it.each([
    ['break', breakOut, 'A break must stand inside a loop'],
    ['continue', goOn, 'A continue must stand inside a loop'],
    [
      'break to a loop that is not around it',
      times(1, 'i', [node('Loop.loop.commands.break', [str('anchor', 'x')])]),
      'inside a loop named "x"',
    ],
  ])('refuses a %s before anything runs', async (_, bot, message) => {
    const { problems } = await check(botText(variables, [bot]));
    expect(problems).toMatchObject([{ code: 'break-outside-loop', message: expect.stringContaining(message) }]);
  });
});
