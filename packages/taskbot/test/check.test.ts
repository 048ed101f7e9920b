import { describe, expect, it } from 'vitest';
import { builtIns, compileBot, createRegistry, readBot } from '../src/index.ts';
import { testDeclarations } from './declarations.ts';
import {
  botText,
  check,
  exp,
  fixture,
  flag,
  is,
  loopOver,
  node,
  note,
  num,
  put,
  run,
  runTask,
  set,
  str,
  to,
  variable,
} from './support.ts';

const variables = [
  variable('n', 'NUMBER'),
  variable('s', 'STRING'),
  variable('fixed', 'STRING', { readOnly: true }),
  variable('w', 'WINDOW'),
];
const iff = (condition: object) => node('If.if', [condition], { children: [] });
const condition = (packageName: string, conditionalName: string) => ({
  name: 'condition',
  value: { type: 'CONDITIONAL', packageName, conditionalName },
  attributes: [],
});

describe('the check before a run', () => {
  it.each([
    [
      'a command of an unknown package',
      node('Hologram.beam'),
      'unknown-command',
      'There is no package Hologram here, which Hologram.beam needs',
    ],
    [
      'an unknown command',
      node('Test.nothing'),
      'unknown-command',
      'There is no command "nothing" in the package Test here',
    ],
    [
      'a command that needs a Windows desktop',
      node('Window.SetTitle'),
      'needs-desktop',
      'Window.SetTitle needs a Windows desktop, which robots here do not have',
    ],
    [
      'a condition that needs a Windows desktop',
      iff(condition('Window', 'windowExists')),
      'needs-desktop',
      'Window.windowExists needs a Windows desktop',
    ],
    [
      'a legacy command that needs a Windows desktop, beside others that do not',
      node('LegacyAutomation.manageWindowsControls'),
      'needs-desktop',
      'LegacyAutomation.manageWindowsControls needs a Windows desktop',
    ],
    [
      'a loop that waits for the triggers of an attended device',
      node('TriggerLoop.triggerLoop', [], { children: [], branches: [node('TriggerLoop.handle')] }),
      'attended-only',
      'TriggerLoop.triggerLoop needs a person at the device',
    ],
    [
      'an unknown condition',
      iff(condition('Test', 'isnt')),
      'unknown-condition',
      'There is no condition "isnt" in the package Test here',
    ],
    ['an If without a condition', node('If.if'), 'missing-condition', 'The line has no condition'],
    [
      'an unknown iterator',
      loopOver('Folder.loop.iterators.folder', [], {}, []),
      'unknown-iterator',
      'There is no package Folder here, which Folder.loop.iterators.folder needs',
    ],
    [
      'an unknown function',
      put('s', '$n.Number:sing$'),
      'unknown-function',
      'The package Number has no function "sing" here',
    ],
    [
      'an unknown package variable',
      put('s', '$System:Moon$'),
      'unknown-package-variable',
      'The package System has no variable "Moon" here',
    ],
    [
      'an undefined variable in an expression',
      put('s', 'x $missing[$n$]$'),
      'undefined-variable',
      'There is no variable "missing"',
    ],
    ['an undefined variable to return to', put('missing', 'x'), 'undefined-variable', 'There is no variable "missing"'],
    [
      'a write to a constant',
      put('FIXED', 'x'),
      'constant-variable',
      'The variable "fixed" is constant and cannot take a value',
    ],
    [
      'an expression that is none',
      put('s', '$n'),
      'bad-expression',
      'The expression "$n" cannot be read. At character 3 expected',
    ],
    [
      'text in a formula',
      set('n', '$n$ plus 1'),
      'bad-expression',
      'At character 4 expected a number or an operator, found " plus 1"',
    ],
    ['two numbers without an operator', set('n', '$n$$n$'), 'bad-expression', 'expected an operator or the end'],
    [
      'a number that is none',
      node('Test.replaceFlag', [{ name: 'count', value: { type: 'NUMBER', number: 'ten' } }]),
      'bad-value',
      'Expected a number, but got text "ten"',
    ],
    [
      'a word that is no option',
      node('Test.choose', [str('word', 'Blue')]),
      'bad-value',
      'Test.choose: word is "Blue", expected Red, Green',
    ],
    [
      'a missing attribute',
      node('Number.assignToNumber', [], to('n')),
      'missing-attribute',
      'Number.assignToNumber: input is not given',
    ],
    ['an else without If', node('If.else'), 'misplaced-branch', 'If.else stands outside the node it belongs to'],
    [
      'a desktop window where text is wanted',
      node('Test.note', [{ name: 'text', value: { type: 'WINDOW', expression: '$w$' } }]),
      'needs-desktop',
      'Test.note: text needs a Windows desktop (WINDOW)',
    ],
    [
      'an unknown repeat option',
      runTask('repository:///Bots/Main', {}, {}, [str('repeatOption', 'SOMETIMES')]),
      'bad-value',
      'repeatOption "SOMETIMES" is not known',
    ],
  ])('finds %s, with its line', async (_, bad, code, message) => {
    const { bot, problems } = await check(
      botText(variables, [note('fine'), node('Step.step', [], { children: [bad] })]),
      { bots: { 'Bots/Main': botText([], []) } },
    );
    expect(bot).toBeUndefined();
    expect(problems).toMatchObject([
      { botPath: 'Bots/Main', line: 3, code, message: expect.stringContaining(message) },
    ]);
  });

  it('names package and command, so that a page can list what a bot needs', async () => {
    const { problems } = await check(botText([], [node('Excel_MS.SetCell')]));
    expect(problems).toMatchObject([{ packageName: 'Excel_MS', command: 'SetCell' }]);
  });

  it('finds all problems at once, in the order of lines', async () => {
    const { problems } = await check(botText(variables, [node('A.a'), iff(is('x', true)), put('nope', '$nope2$')]));
    expect(problems.map((one) => [one.line, one.code])).toEqual([
      [1, 'unknown-command'],
      [3, 'undefined-variable'],
      [3, 'undefined-variable'],
    ]);
  });

  it('does not look at disabled nodes', async () => {
    expect(
      (await check(botText(variables, [node('A.a', [], { disabled: true, children: [put('nope', '$x')] })]))).problems,
    ).toEqual([]);
  });

  it('refuses an action that needs a device only where there is none', async () => {
    const text = botText([], [node('Desk.click')]);
    expect((await check(text, { target: 'anywhere' })).problems).toMatchObject([
      { code: 'device-only', line: 1, message: expect.stringContaining('Desk.click runs on devices only') },
    ]);
    expect((await check(text, { target: 'device' })).problems).toEqual([]);
  });

  it('finds a default that does not fit its variable', async () => {
    const odd = variable('n', 'NUMBER', { defaultValue: { type: 'STRING', string: 'many' } });
    expect((await check(botText([odd], []))).problems).toMatchObject([
      { code: 'bad-value', line: 0, message: 'The default of "n": Expected a number, but got text "many"' },
    ]);
  });
});

describe('a tolerant document', () => {
  it('runs in spite of filler, other letter case and blank attributes', async () => {
    const { outputs } = await run(fixture('tolerant.json'));
    expect(outputs).toEqual(
      new Map<string, unknown>([
        ['out', 'kept'],
        ['Flag', 'true 9 none'],
        ['frac', 2.5],
      ]),
    );
  });

  it('ignores attributes that nobody declared, and takes booleans as text', async () => {
    const give = node('Test.replaceFlag', [flag('other', true), str('FLAG', 'true'), num('count', 1)], to('s'));
    expect((await run(botText(variables, [give]))).outputs.get('s')).toBe('true 1 none');
  });
});

describe('a registry', () => {
  it('finds by package and name without letter case, and by alias', () => {
    const [first] = testDeclarations();
    if (first?.kind !== 'action') throw new Error('The first declaration is an action');
    const registry = createRegistry([{ ...first, alias: ['oldAssign'] }]);
    expect(registry.action('STRING', 'Assign')?.name).toBe('assign');
    expect(registry.action('string', 'OLDASSIGN')?.name).toBe('assign');
    expect(registry.condition('String', 'assign')).toBeUndefined();
    expect(registry.hasPackage('sTRING')).toBe(true);
  });

  it('refuses two of one name', () => {
    expect(() => createRegistry([...testDeclarations(), ...testDeclarations()])).toThrow(
      'Declared twice: action String.assign',
    );
  });
});

it('reads an expression with its own kind of value: text stays text in a STRING slot', async () => {
  const given = node('Test.give', [exp('value', '$n$+1')], to('s'));
  expect((await run(botText(variables, [given]))).outputs.get('s')).toBe('0+1');
});

it.each(builtIns.filter((one) => one.kind === 'command'))(
  'knows its own command $package.$name without any declaration',
  async (one) => {
    const { problems } = await compileBot(readBot(botText([], [node(`${one.package}.${one.name}`)])), {
      registry: createRegistry([]),
      path: 'Bots/Main',
    });
    expect(problems.map((problem) => problem.code)).not.toContain('unknown-command');
  },
);
