import { describe, expect, it } from 'vitest';
import { BotCredential, BotOpaque, type BotValue, printBot, readBot, setAttribute } from '../src/index.ts';
import {
  botText,
  catchInto,
  check,
  exp,
  finallyDo,
  flag,
  is,
  loopOver,
  node,
  note,
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

/* Row by row what the contract says of the document (bots §1), where no other test is about it. */

const value = (json: object) => ({ name: 'value', value: json });
const give = (json: object, into = 'v') => node('Test.give', [value(json)], to(into));
const given = (json: object, type = 'ANY', declared: readonly object[] = []) =>
  output(
    [variable('v', type), variable('n', 'NUMBER', { defaultValue: { type: 'NUMBER', number: '7' } }), ...declared],
    [give(json)],
    'v',
  );

/** All keys of the fat shape of older exports, empty; one of them is then given. */
const fat = (payload: object) => ({
  string: '',
  number: '',
  boolean: '',
  expression: '',
  variableName: '',
  packageName: '',
  conditionalName: '',
  iteratorName: '',
  exceptionName: '',
  taskbotFile: { type: '' },
  taskbotInput: { type: '' },
  sessionName: { type: '' },
  ...payload,
});

describe('a value of the document', () => {
  it.each<[string, object, BotValue]>([
    ['STRING', { type: 'STRING', string: '[Sheet1$]' }, '[Sheet1$]'],
    ['STRING with a label', { type: 'STRING', string: 'x', label: 'the x' }, 'x'],
    ['STRING without payload', { type: 'STRING' }, null],
    ['STRING of the fat shape', fat({ type: 'STRING', string: 'kept' }), 'kept'],
    ['STRING whose expression wins', fat({ type: 'STRING', string: 'no', expression: '$n$' }), '7'],
    ['BOOLEAN', { type: 'BOOLEAN', boolean: true }, true],
    ['BOOLEAN as text', { type: 'BOOLEAN', boolean: 'TRUE' }, true],
    ['BOOLEAN of the fat shape', fat({ type: 'BOOLEAN', boolean: false }), false],
    ['NUMBER as text', { type: 'NUMBER', number: '12.50' }, 12.5],
    ['NUMBER as a JSON number', { type: 'NUMBER', number: 3 }, 3],
    ['NUMBER of the fat shape', fat({ type: 'NUMBER', number: '-4' }), -4],
    ['FILE', { type: 'FILE', string: 'file:///C:/a%20b' }, 'C:/a b'],
    ['FILE in the repository', { type: 'FILE', string: 'repository:///A%20b/C' }, 'repository:///A%20b/C'],
    ['FILE with an expression', { type: 'FILE', expression: 'file://$n$.txt' }, '7.txt'],
    ['LIST', { type: 'LIST', list: [{ type: 'NUMBER', expression: '$n$+1' }] }, [8]],
    ['LIST without payload', { type: 'LIST' }, null],
    [
      'DICTIONARY',
      { type: 'DICTIONARY', dictionary: [{ key: 'k', value: { type: 'STRING', string: 'v' } }] },
      new Map([['k', 'v']]),
    ],
    ['VARIABLE', { type: 'VARIABLE', variableName: 'N' }, 7],
    ['VARIABLE of a package', { type: 'VARIABLE', variableName: 'AATaskName', packageName: 'System' }, 'Main'],
    ['PATTERN', { type: 'PATTERN', string: 'a+' }, 'a+'],
    ['ANY', { type: 'ANY', number: '4' }, 4],
    ['ANY with an expression', { type: 'ANY', expression: '$n$' }, 7],
    ['UNDEFINED', { type: 'UNDEFINED' }, null],
    ['UNDEFINED with an expression', { type: 'UNDEFINED', expression: '$n$' }, 7],
    ['filler', { type: '' }, null],
    ['filler that looks like an expression', { type: '', expression: '$n$' }, null],
    ['a text whose type is left out', { string: 'plain' }, 'plain'],
  ])('%s is what it carries', async (_, json, expected) => {
    expect(await given(json)).toEqual(expected);
  });

  it.each(['WINDOW', 'UIOBJECT', 'REGION', 'IMAGE', 'REGEX', 'COORDINATE', 'OAUTHCONNECTION', 'FORM', 'HOTKEY'])(
    '%s is handed on as it is',
    async (type) => {
      const json = { type, [type.toLowerCase()]: { name: 'x', deep: [1, null, { a: true }] } };
      const held = await given(json);
      expect(held).toBeInstanceOf(BotOpaque);
      expect(held).toEqual(
        new BotOpaque(type as 'WINDOW', [
          ['type', type],
          [
            type.toLowerCase(),
            new Map<string, BotValue>([
              ['name', 'x'],
              ['deep', [1, null, new Map([['a', true]])]],
            ]),
          ],
        ]),
      );
    },
  );

  it('that stands twice counts where it is not blank', async () => {
    const twice = [str('text', ''), { name: 'TEXT' }, str('Text', 'here'), { name: '', value: { type: '' } }];
    const events: string[] = [];
    await run(botText([], [node('Test.note', twice)]), { events });
    expect(events).toEqual(['here']);
  });

  it('TASKBOT without a file is missing, and one with an expression is a path', async () => {
    const call = (taskbot: object) =>
      node('TaskBot.runTask', [{ name: 'taskbot', value: { type: 'TASKBOT', ...taskbot } }]);
    const missing = await check(botText([], [call({ taskbotFile: { type: 'FILE', string: '' } })]));
    expect(missing.problems.map((one) => one.code)).toEqual(['missing-attribute']);
    const events: string[] = [];
    const bots = { 'Bots/Child': botText([], [note('ran')]) };
    const p = variable('p', 'STRING', { defaultValue: { type: 'STRING', string: 'Child' } });
    await run(botText([p], [call({ expression: 'repository:///Bots/$p$' })]), { bots, events });
    expect(events).toEqual(['ran']);
  });
});

describe('expressions', () => {
  it.each([
    ['$n.Number:toString.String:trim$', '7'],
    ['$n.Test:join(x).Test:join($n$)$', '7|x|7'],
    ['$@Base$/$n$', 'C:/data/7'],
    ['$@Base.Test:join(a)$', 'C:/data|a'],
    ['$System:AATaskName.Test:join$', 'Main|none'],
    ['$System:AATaskInvoker{"Invoker_UserName"}$', 'ada'],
    ['$n$$n$', '77'],
    ['$$n$$ is $n$', '$n$ is 7'],
  ])('%s gives %s', async (expression, expected) => {
    const host = testHost({ globalValue: (name) => (name === 'Base' ? 'C:/data' : undefined) });
    const n = variable('n', 'NUMBER', { defaultValue: { type: 'NUMBER', number: '7' } });
    expect(await output([n, variable('s', 'STRING')], [put('s', expression)], 's', { host })).toBe(expected);
  });
});

describe('conditions', () => {
  const link = (operator: string, condition: object) => ({ operatorAttribute: { operator, ...condition } });
  const iff = async (condition: object) => {
    const events: string[] = [];
    const text = botText([], [node('If.if', [condition], { children: [note('then')], branches: [] })]);
    await run(text, { events });
    return events.join(' ');
  };
  const { name: _, ...yes } = is('yes', true);
  const { name: __, ...no } = is('no', false);

  it('go left to right through a chain of any length', async () => {
    expect(await iff(is('a', false, link('OR', { ...yes, ...link('AND', { ...yes, ...link('AND', no) }) })))).toBe(
      'a yes yes no',
    );
  });

  it('take a group, and a group in a group, as one condition', async () => {
    // a AND (no OR (yes AND yes))
    const inner = { name: 'condition', groupAttribute: is('x', true, link('AND', yes)) };
    const group = { name: 'condition', groupAttribute: is('g', false, link('OR', inner)) };
    expect(await iff(is('a', true, link('AND', group)))).toBe('a g x yes then');
    // (no AND yes) OR yes: without the group, the same words would mean something else.
    expect(await iff({ name: 'condition', groupAttribute: is('b', false, link('AND', yes)), ...link('OR', yes) })).toBe(
      'b yes then',
    );
  });

  it('take a group given as a list, each joined by its own operator', async () => {
    const list = [is('p', false), { ...is('q', true), operator: 'OR' }, { ...is('r', false), operator: 'AND' }];
    expect(await iff({ name: 'condition', groupAttribute: list })).toBe('p q r');
  });

  it('leave the editor’s empty links and stray attributes alone', async () => {
    const stray = { ...is('a', true), operatorAttribute: { operator: 'NONE', value: { type: '' } } };
    expect(await iff({ ...stray, attributes: [{ name: '', value: { type: '' } }, ...stray.attributes] })).toBe(
      'a then',
    );
  });
});

describe('a catch', () => {
  it('that continues goes on with the next line, be the option a Boolean or a text', async () => {
    for (const option of [flag('continueOnError', true), str('continueOnError', 'True')]) {
      const events: string[] = [];
      const lines = [
        node('Test.fail', [str('message', 'one')]),
        note('on'),
        node('Test.failLater', [str('message', 'two')]),
        note('on'),
      ];
      const bot = botText(
        [variable('m', 'STRING'), variable('l', 'NUMBER')],
        [tryWith(lines, catchInto('m', 'l', [note('$m$ at $l$')], [option]), finallyDo([note('done')]))],
      );
      expect((await run(bot, { events })).outcome).toBe('completed');
      expect(events).toEqual(['one at 2', 'on', 'two at 4', 'on', 'done']);
    }
  });
});

describe('sessions', () => {
  const openValue = (name: string, into: object) => node('Test.openValue', [str('name', name)], into);
  const into = (name: string, sessionTarget: string) => ({
    returnTo: { type: 'SESSION', sessionName: { type: 'STRING', string: name }, sessionTarget },
  });
  const use = (session: object) => node('Test.use', [{ name: 'session', value: session }], to('s'));
  const named = (name: string, more: object = {}) => ({
    type: 'SESSION',
    sessionName: { type: 'STRING', string: name },
    ...more,
  });
  const s = variable('s', 'STRING');
  const child = { 'Bots/Child': botText([s], [use(named('shared')), note('$s$')]) };

  it('GLOBAL are seen by sub-bots, and close with the run', async () => {
    const events: string[] = [];
    const text = botText(
      [s],
      [openValue('x', into('shared', 'GLOBAL')), runTask('repository:///Bots/Child', {}), note('back')],
    );
    expect((await run(text, { bots: child, events })).outcome).toBe('completed');
    expect(events).toEqual(['x', 'back', 'closed x']);
  });

  it('GLOBAL opened by a sub-bot are there for its caller', async () => {
    const opener = { 'Bots/Child': botText([s], [openValue('y', into('shared', 'GLOBAL'))]) };
    const text = botText(
      [s],
      [runTask('repository:///Bots/Child', {}), use(named('shared', { sessionTarget: 'GLOBAL' }))],
    );
    expect((await run(text, { bots: opener })).outputs.get('s')).toBe('y');
  });

  it('LOCAL are not', async () => {
    const text = botText([s], [openValue('x', into('shared', 'LOCAL')), runTask('repository:///Bots/Child', {})]);
    expect((await run(text, { bots: child })).error?.message).toContain('The Test session "shared" is not open');
  });

  it('are found by a text, by a text that is put together, and by an unset variable’s own name', async () => {
    const a = variable('a', 'SESSION', { sessionType: 'Test', defaultValue: named('kept') });
    const n = variable('n', 'STRING', { defaultValue: { type: 'STRING', string: 'kept' } });
    for (const session of [
      { type: 'STRING', string: 'kept' },
      { type: 'STRING', expression: '$n$' },
      { type: 'SESSION', expression: 'ke$p$' },
      { type: 'SESSION', expression: '$a$' },
      { type: 'VARIABLE', variableName: 'A' },
    ]) {
      const p = variable('p', 'STRING', { defaultValue: { type: 'STRING', string: 'pt' } });
      expect(await output([s, a, n, p], [openValue('it', into('kept', 'LOCAL')), use(session)], 's')).toBe('it');
    }
  });

  it('are a name to an action that opens one, whichever way the document says it', async () => {
    const a = variable('a', 'SESSION', { defaultValue: named('db') });
    for (const session of [named('db'), { type: 'SESSION', expression: '$a$' }, { type: 'STRING', string: 'db' }]) {
      expect(await output([s, a], [node('Test.give', [{ name: 'value', value: session }], to('s'))], 's')).toBe('db');
      expect(await output([s, a], [node('Test.note', [{ name: 'text', value: session }]), put('s', 'ok')], 's')).toBe(
        'ok',
      );
    }
  });
});

describe('credentials', () => {
  const named = (name: string) => ({ type: 'CREDENTIAL', credential: { name, lockerName: 'L', attributeName: 'a' } });
  const later = () => {
    const asked: string[] = [];
    const host = testHost({
      credential: async ({ name }) => {
        asked.push(name);
        await new Promise((resolve) => setImmediate(resolve));
        return new BotCredential(() => `secret of ${name}`);
      },
    });
    return { asked, host };
  };

  it('stand in lists, dictionaries, records and tables, though the vault takes its time', async () => {
    const { asked, host } = later();
    const cell = (name: string) => ({ values: [named(name)] });
    for (const json of [
      { type: 'LIST', list: [named('a'), named('b')] },
      { type: 'DICTIONARY', dictionary: [{ key: 'k', value: { type: 'LIST', list: [named('a'), named('b')] } }] },
      { type: 'RECORD', record: { schema: [{ name: 'x' }, { name: 'y' }], values: [named('a'), named('b')] } },
      { type: 'TABLE', table: { schema: [{ name: 'x' }], rows: [cell('a'), cell('b')] } },
    ]) {
      asked.length = 0;
      const text = await output([variable('v', 'ANY'), variable('s', 'STRING')], [give(json), put('s', '$v$')], 's', {
        host,
      });
      expect(asked).toEqual(['a', 'b']);
      expect(String(text).match(/\*{8}/g)).toHaveLength(2);
      expect(text).not.toContain('secret');
    }
  });

  it('go into a sub-bot, where they stand instead of the default', async () => {
    const { asked, host } = later();
    const c = variable('c', 'CREDENTIAL', { defaultValue: named('own') });
    const s = variable('s', 'STRING');
    const bots = {
      'Bots/Child': botText([c, s], [node('Test.secret', [exp('password', '$c$', 'CREDENTIAL')], to('s'))]),
    };
    const call = (inputs: Record<string, object>) =>
      runTask('repository:///Bots/Child', inputs, {
        returnTo: { type: 'DICTIONARY', dictionary: [{ key: 's', value: { type: 'VARIABLE', variableName: 's' } }] },
      });
    expect(await output([s], [call({ c: named('given') })], 's', { host, bots })).toBe('******** secret of given');
    expect(await output([s], [call({})], 's', { host, bots })).toBe('******** secret of own');
    expect(asked).toEqual(['given', 'own']);
  });

  it('in a default inside a list are fetched when the bot begins, and inside a condition or loop when it asks', async () => {
    const { asked, host } = later();
    const l = variable('l', 'LIST', { defaultValue: { type: 'LIST', list: [named('a')] } });
    const s = variable('s', 'STRING');
    const loop = loopOver(
      'List.list.iterators.list',
      [{ name: 'list', value: { type: 'LIST', list: [named('b')] } }],
      to('s'),
      [],
    );
    expect(await output([l, s], [loop, put('s', '$l[0]$ $s$')], 's', { host })).toBe('******** ********');
    expect(asked).toEqual(['a', 'b']);
  });
});

describe('TaskBot.runTask', () => {
  it('binds the outputs that taskbotOutput names, when nothing else takes them', async () => {
    const s = variable('s', 'STRING');
    const taskbot = {
      type: 'TASKBOT',
      taskbotFile: { type: 'FILE', string: 'repository:///Bots/Child' },
      taskbotOutput: { type: 'DICTIONARY', dictionary: [{ key: 'S', value: { type: 'VARIABLE', variableName: 's' } }] },
    };
    const bots = { 'Bots/Child': botText([s], [put('s', 'from below')]) };
    expect(await output([s], [node('TaskBot.runTask', [{ name: 'taskbot', value: taskbot }])], 's', { bots })).toBe(
      'from below',
    );
  });
});

describe('loops', () => {
  it('are named by their anchor, wherever it is written', async () => {
    const events: string[] = [];
    const inner = times(3, 'n', [note('inner'), node('Loop.loop.commands.continue', [str('anchor', 'outer')])]);
    await run(botText([variable('n', 'NUMBER')], [times(2, 'n', [inner, note('never')], { anchor: 'outer' })]), {
      events,
    });
    expect(events).toEqual(['inner', 'inner']);
  });
});

describe('what the interpreter does not use', () => {
  it('is kept on an edit: triggers, properties, settings of packages, keys nobody knows', () => {
    const text = JSON.stringify({
      triggers: [
        {
          uid: 't',
          triggerName: 'FolderTrigger',
          packageName: 'FileFolderTrigger',
          disabled: false,
          attributes: [str('folder', 'C:/in')],
        },
      ],
      nodes: [note('x')],
      variables: [],
      packages: [{ name: 'String', version: '5.8', settingsAttributes: [] }],
      properties: { improvedNumberSupport: true, timeout: '0s' },
      newKey: [1, { deep: null }],
    });
    const edited = setAttribute(readBot(text), 'u-Test.note', 'text', { type: 'STRING', string: 'y' });
    expect(JSON.parse(printBot(edited))).toEqual({
      ...JSON.parse(text),
      nodes: [{ ...note('x'), attributes: [str('text', 'y')] }],
    });
  });

  it('does not keep a bot with triggers from running', async () => {
    const text = JSON.stringify({
      triggers: [{ uid: 't' }],
      nodes: [set('n', '1'), note('a')],
      variables: [variable('n', 'NUMBER')],
    });
    expect((await run(text)).outcome).toBe('completed');
  });
});
