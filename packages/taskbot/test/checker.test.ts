import { describe, expect, it } from 'vitest';
import { checkBot, compileBot, createRegistry, type Problem, readBot } from '../src/index.ts';
import { testDeclarations } from './declarations.ts';
import {
  botText,
  breakLoop,
  exp,
  is,
  loopOver,
  node,
  note,
  put,
  runTask,
  str,
  testHost,
  times,
  to,
  tryWith,
  variable,
} from './support.ts';

const registry = createRegistry(testDeclarations());
const listed = (text: string, bots: Readonly<Record<string, string>> = {}, target: 'anywhere' | 'device' = 'device') =>
  checkBot(text, {
    registry,
    path: 'Bots/Main',
    target,
    resolveBot: (path) => (bots[path] === undefined ? undefined : readBot(bots[path])),
  });
const codes = (problems: readonly Problem[]) => problems.map((one) => [one.line, one.code]);

const variables = [
  variable('n', 'NUMBER'),
  variable('s', 'STRING'),
  variable('b', 'BOOLEAN'),
  variable('words', 'LIST', { subtype: 'STRING' }),
  variable('rows', 'LIST', { subtype: 'DICTIONARY' }),
  variable('d', 'DICTIONARY'),
  variable('t', 'TABLE'),
  variable('when', 'DATETIME'),
  variable('any', 'ANY'),
  variable('fixed', 'LIST', { readOnly: true }),
];
const overList = (json: object) => loopOver('List.list.iterators.list', [{ name: 'list', value: json }], to('any'), []);
const useNumber = (json: object) => node('Number.assignToNumber', [{ name: 'input', value: json }], to('n'));
const ref = (variableName: string) => ({ type: 'VARIABLE', variableName });

describe('the check of types', () => {
  it.each<[string, object, string, string]>([
    [
      'a table variable where a list is needed',
      overList(ref('T')),
      'type-mismatch',
      'List.list.iterators.list: list needs a list, but the variable "t" is a table. Give it a value of type LIST',
    ],
    [
      'a dictionary literal where a list is needed',
      overList({ type: 'DICTIONARY', dictionary: [] }),
      'type-mismatch',
      'list needs a list, but this is a dictionary',
    ],
    [
      'a Boolean where a number is needed',
      useNumber({ type: 'BOOLEAN', boolean: true }),
      'type-mismatch',
      'input needs a number, but this is a boolean',
    ],
    [
      'an expression that is a list where a number is needed',
      useNumber({ type: 'NUMBER', expression: '$words$' }),
      'type-mismatch',
      'the variable "words" is a list',
    ],
    [
      'a package variable of another type',
      useNumber({ type: 'VARIABLE', packageName: 'System', variableName: 'Date' }),
      'type-mismatch',
      '$System:Date$ is a date',
    ],
    [
      'a date put into a number',
      node('Test.openValue', [], to('n')),
      'type-mismatch',
      'The result is a session, but the variable "n" is a number. Take it into a variable of type SESSION',
    ],
    [
      'a counter taken into a list',
      times(3, 'words', []),
      'type-mismatch',
      'The result is a number, but the variable "words" is a list',
    ],
    [
      'rows taken into a table',
      loopOver('Test.rows', [], to('t'), []),
      'type-mismatch',
      'The result is a dictionary, but the variable "t" is a table',
    ],
    [
      'a number bound column by column',
      loopOver(
        'Test.rowsLater',
        [],
        { returnTo: { type: 'DICTIONARY', dictionary: [{ key: 'a', value: ref('n') }] } },
        [],
      ),
      'type-mismatch',
      'The result is a number, which has no members',
    ],
    ['a text where a list is needed', overList(ref('s')), 'suspicious-type', 'the variable "s" is a string'],
  ])('finds %s', async (_, bad, code, message) => {
    const problems = await listed(botText(variables, [bad]));
    expect(problems).toMatchObject([
      {
        botPath: 'Bots/Main',
        line: 1,
        code,
        severity: code === 'suspicious-type' ? 'warning' : 'error',
        message: expect.stringContaining(message),
      },
    ]);
  });

  it.each<[string, object]>([
    ['a list of any items where a list is needed', overList(ref('rows'))],
    ['a text where a number is needed', useNumber({ type: 'NUMBER', expression: '$s$' })],
    ['a function that gives a number', useNumber({ type: 'NUMBER', expression: '$s.String:toNumber$' })],
    ['an element, which may be anything', useNumber({ type: 'NUMBER', expression: '$words[0]$' })],
    ['a structure in a text', put('s', '$d$ $t$ $words$')],
    ['a session in a session attribute by its name', node('Test.use', [str('session', 'x')], to('s'))],
    ['a variable of any type', overList(ref('any'))],
  ])('has nothing against %s', async (_, good) => {
    expect(await listed(botText(variables, [good]))).toEqual([]);
  });

  it('lets a bot run with warnings, and tells them', async () => {
    const options = { registry, path: 'Bots/Main' };
    const { bot, problems, warnings } = await compileBot(readBot(botText(variables, [overList(ref('s'))])), options);
    expect(problems).toEqual([]);
    expect(warnings.map((one) => one.code)).toEqual(['suspicious-type']);
    expect((await bot?.run({ host: testHost() }))?.error?.message).toContain('list is empty');
  });
});

describe('the check of calls', () => {
  const child = botText(
    [variable('a', 'NUMBER', { output: false }), variable('b', 'STRING', { input: false })],
    [note('x')],
  );
  const outputs = (...keys: string[]) => ({
    returnTo: { type: 'DICTIONARY', dictionary: keys.map((key) => ({ key, value: ref('s') })) },
  });

  it('holds inputs and outputs against the variables of the bot that is called', async () => {
    const call = runTask(
      'repository:///Bots/Child',
      {
        a: { type: 'LIST', expression: '$words$' },
        b: { type: 'STRING', string: 'x' },
        none: { type: 'STRING', string: 'x' },
      },
      outputs('B', 'a'),
    );
    const problems = await listed(botText(variables, [call]), { 'Bots/Child': child });
    expect(problems.map((one) => [one.code, one.severity])).toEqual([
      ['type-mismatch', 'error'],
      ['unknown-input', 'warning'],
      ['unknown-input', 'warning'],
      ['unknown-output', 'warning'],
    ]);
    expect(problems[0]?.message).toContain('The input "a" of the bot "Bots/Child" is a number');
    expect(problems[3]?.message).toContain('has no output "a"');
  });

  it('tells problems of sub-bots by their own path and line, and those of all of them', async () => {
    const grand = botText([], [note('a'), node('No.such')]);
    const bots = {
      'Bots/Child': botText([], [put('gone', 'x'), runTask('repository:///Bots/Grand', {})]),
      'Bots/Grand': grand,
    };
    const problems = await listed(botText([], [runTask('repository:///Bots/Child', {}), breakLoop]), bots);
    expect(problems.map((one) => [one.botPath, one.line, one.code])).toEqual([
      ['Bots/Main', 2, 'break-outside-loop'],
      ['Bots/Child', 1, 'undefined-variable'],
      ['Bots/Grand', 2, 'unknown-command'],
    ]);
  });

  it('warns of bots that call each other in a circle, at each line that does', async () => {
    const bots = {
      'Bots/Main': botText([], [note('x'), runTask('repository:///Bots/A', {}), runTask('repository:///Bots/End', {})]),
      'Bots/A': botText([], [runTask('repository:///Bots/B', {})]),
      'Bots/B': botText([], [runTask('repository:///Bots/Main', {}), runTask('repository:///Bots/B', {})]),
      'Bots/End': botText([], []),
    };
    const problems = await listed(bots['Bots/Main'], bots);
    expect(problems.map((one) => [one.botPath, one.line, one.code, one.severity])).toEqual([
      ['Bots/Main', 2, 'circular-call', 'warning'],
      ['Bots/A', 1, 'circular-call', 'warning'],
      ['Bots/B', 1, 'circular-call', 'warning'],
      ['Bots/B', 2, 'circular-call', 'warning'],
    ]);
    expect(problems[3]?.message).toContain('The bot calls itself');
  });
});

describe('the check of shapes', () => {
  const branch = (name: string, more: object = {}) => node(name, [], { children: [], ...more });

  it('finds what cannot be reached or belongs nowhere, and looks inside it', async () => {
    const inside = { children: [put('gone', 'x')] };
    const problems = await listed(
      botText(variables, [
        node('If.if', [is('x', true)], {
          children: [],
          branches: [branch('If.else'), { ...branch('If.elseIf', inside), attributes: [is('y', true)] }],
        }),
        branch('ErrorHandler.catch', inside),
        tryWith([], branch('ErrorHandler.finally'), branch('ErrorHandler.catch')),
        node('Step.step', [], { children: [], branches: [branch('If.else', inside)] }),
        node('No.such', [], inside),
        node('Loop.loop.commands.continue'),
      ]),
    );
    expect(codes(problems)).toEqual([
      [3, 'misplaced-branch'],
      [5, 'misplaced-branch'],
      [6, 'undefined-variable'],
      [9, 'misplaced-branch'],
      [11, 'misplaced-branch'],
      [12, 'undefined-variable'],
      [13, 'unknown-command'],
      [14, 'undefined-variable'],
      [15, 'break-outside-loop'],
    ]);
  });

  it('tells variables without letter case, and refuses to write a constant', async () => {
    const add = node('Test.give', [exp('value', '$WORDS$', 'ANY')], to('FIXED'));
    expect(codes(await listed(botText(variables, [add])))).toEqual([[1, 'constant-variable']]);
  });

  it('says of an API Task which action runs on devices only', async () => {
    const text = botText([], [node('Desk.click')]);
    expect(await listed(text, {}, 'anywhere')).toMatchObject([
      {
        code: 'device-only',
        packageName: 'Desk',
        command: 'click',
        message:
          'Desk.click runs on devices only, so an API Task cannot use it. Leave it out, or run the bot on a device',
      },
    ]);
    expect(await listed(text)).toEqual([]);
  });

  it('tells a document that cannot be read as a problem of the bot', async () => {
    expect(await listed('{"nodes": 1}')).toMatchObject([
      {
        botPath: 'Bots/Main',
        line: 0,
        code: 'unreadable-bot',
        severity: 'error',
        message: 'Not a bot document: at nodes expected a list, found 1',
      },
    ]);
  });
});

describe('many problems', () => {
  it('are told each once, and two hundred at most, errors before warnings', async () => {
    const wrong = Array.from({ length: 300 }, (_, at) => put(`gone${at}`, 'x'));
    const doubtful = Array.from({ length: 10 }, () => overList(ref('s')));
    const problems = await listed(botText(variables, [...doubtful, ...wrong]));
    expect(problems).toHaveLength(200);
    expect(problems.every((one) => one.severity === 'error')).toBe(true);
    expect(problems.at(-1)).toMatchObject({
      code: 'too-many-problems',
      message: expect.stringContaining('There are 111 more problems'),
    });
    const twice = node('Test.note', [exp('text', '$gone$ and $gone$')]);
    expect(await listed(botText([], [twice]))).toHaveLength(1);
  });

  it('each say what was found and how to mend it', async () => {
    const problems = await listed(
      botText(variables, [
        put('gone', '$x'),
        node('No.such'),
        node('If.if'),
        node('If.else'),
        breakLoop,
        node('Window.close'),
        node('Number.assignToNumber'),
      ]),
    );
    expect(problems.length).toBeGreaterThan(6);
    for (const { message } of problems) expect(message).toMatch(/^[A-Z"'].+\. .+|At character/);
  });
});
