import { ZonedDateTime } from '@js-joda/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BotCredential,
  BotOpaque,
  BotRecord,
  BotTable,
  type BotValue,
  fromJson,
  numberText,
  printTypedValue,
  readDateTime,
  readTypedValue,
  TypedValueError,
  toJson,
  toText,
} from '../src/index.ts';
import { botText, exp, node, note, output, put, run, str, testHost, to, variable } from './support.ts';

const date = ZonedDateTime.parse('2024-05-01T09:30:00+02:00');
const table = new BotTable(
  [
    { name: 'id', type: 'NUMBER' },
    { name: 'city', type: 'STRING' },
  ],
  [
    [1, 'Bonn'],
    [2, null],
  ],
);

describe('typed values on a wire', () => {
  const plain = fc.letrec<{ value: BotValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    ),
  })).value;

  it('come back as they went', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(readTypedValue(printTypedValue(value))).toEqual(value);
      }),
    );
    expect(readTypedValue(printTypedValue(table))).toEqual(table);
    expect(readTypedValue(printTypedValue(new BotRecord(table.columns, [1, 'x'])))).toEqual(
      new BotRecord(table.columns, [1, 'x']),
    );
    expect(String(readTypedValue(printTypedValue(date)))).toBe(String(date));
  });

  it.each([
    [{ string: 'no type' }, 'no type'],
    [{ type: 'NUMBER', number: '12.5' }, 12.5],
    [{ type: 'NUMBER', number: 3 }, 3],
    [{ type: 'NUMBER', number: '' }, null],
    [{ type: 'BOOLEAN', boolean: 'true' }, true],
    [{ type: 'ANY', number: '4' }, 4],
    [{ type: 'UNDEFINED' }, null],
    [{ type: 'STRING', string: '$x$', expression: '$y$' }, '$x$'],
  ])('reads %j', (json, value) => {
    expect(readTypedValue(json)).toEqual(value);
  });

  it.each([
    [{ type: 'PUZZLE', string: '' }, 'type: expected a value type, found "PUZZLE"'],
    [{ type: 'STRING' }, 'string: expected text, found nothing'],
    [{ type: 'NUMBER', number: 'ten' }, 'number: expected a number as text, found "ten"'],
    [{ type: 'LIST', list: [{ type: 'BOOLEAN', boolean: 1 }] }, 'list[0].boolean: expected true or false, found 1'],
    [{ type: 'DATETIME', string: 'soon' }, 'string: expected an ISO date'],
    [{ type: 'DICTIONARY', dictionary: { a: 1 } }, 'dictionary: expected a list'],
    ['x', 'The value: expected an object, found "x"'],
    [{ type: 'LIST', list: ['a', 'b'] }, 'list[0]: expected an object, found "a"'],
    [{ type: 'LIST', list: [{ type: 'WINDOW', window: 'Main' }] }, 'list[0].window: expected an object, found "Main"'],
    [{ type: 'TASKBOT', taskbotFile: [] }, 'taskbotFile: expected an object, found []'],
    [{ type: 'VARIABLE', variableName: 7 }, 'variableName: expected text, found 7'],
    [{ type: 'DICTIONARY', dictionary: [{ key: 1 }] }, 'dictionary[0].key: expected text, found 1'],
    [{ type: 'RECORD', record: { values: {} } }, 'record.values: expected a list, found {}'],
    [{ type: 'NUMBER', number: true }, 'number: expected a number as text, found true'],
    [null, 'The value: expected an object, found null'],
  ])('refuses %j', (json, message) => {
    expect(() => readTypedValue(json)).toThrow(TypedValueError);
    expect(() => readTypedValue(json)).toThrow(message);
  });

  it.each([
    'WINDOW',
    'UIOBJECT',
    'COORDINATE',
    'IMAGE',
    'REGION',
    'PROPERTIES',
    'TRIGGER',
    'CONDITIONALGROUP',
    'FORM',
    'FORMELEMENT',
    'HOTKEY',
    'WORKITEM',
    'ITERATOR',
    'CONDITIONAL',
    'EXCEPTION',
    'VARIABLE',
    'TASKBOT',
    'CREDENTIAL',
    'OAUTHCONNECTION',
    'SESSION',
    'VARIABLEMAP',
    'REGEX',
  ])('of type %s pass through unchanged, also inside others and through a bot', async (type) => {
    const json = {
      type,
      payloadOfLater: { x: 1, list: [null, true, { deep: '$n$' }] },
      expression: '$n$',
      __proto__: null,
    };
    expect(printTypedValue(readTypedValue(json))).toEqual(json);
    const list = { type: 'LIST', list: [json, { type: 'DICTIONARY', dictionary: [{ key: 'k', value: json }] }] };
    expect(printTypedValue(readTypedValue(list))).toEqual(list);
    const bot = botText(
      [
        variable('a', 'ANY'),
        variable('b', type === 'SESSION' || type === 'CREDENTIAL' ? 'ANY' : type),
        variable('n', 'NUMBER'),
      ],
      [node('Test.give', [exp('value', '$a$', 'ANY')], to('b'))],
    );
    const { outputs } = await run(bot, { inputs: new Map([['a', readTypedValue(json)]]) });
    expect(printTypedValue(outputs.get('b') ?? null)).toEqual(json);
  });

  it.each([
    ['STRING', { type: 'STRING', string: 'x' }],
    ['NUMBER', { type: 'NUMBER', number: '76131' }],
    ['BOOLEAN', { type: 'BOOLEAN', boolean: true }],
    ['FILE', { type: 'FILE', string: 'file:///C:/a' }],
    ['PATTERN', { type: 'PATTERN', string: 'a+' }],
    ['DATETIME', { type: 'DATETIME', string: '2024-05-01T09:30:00+02:00' }],
    ['NUMBER', { type: 'NUMBER', number: '' }],
    ['DATETIME', { type: 'DATETIME', string: '' }],
    [
      'LIST',
      {
        type: 'LIST',
        list: [
          { type: 'STRING', string: 'Ada' },
          { type: 'NUMBER', number: '1' },
        ],
      },
    ],
    ['DICTIONARY', { type: 'DICTIONARY', dictionary: [{ key: 'lang', value: { type: 'STRING', string: 'de' } }] }],
    [
      'TABLE',
      {
        type: 'TABLE',
        table: { schema: [{ name: 'id', type: 'NUMBER' }], rows: [{ values: [{ type: 'NUMBER', number: '1' }] }] },
      },
    ],
    [
      'RECORD',
      { type: 'RECORD', record: { schema: [{ name: 'a', type: 'STRING' }], values: [{ type: 'UNDEFINED' }] } },
    ],
    ['UNDEFINED', { type: 'UNDEFINED' }],
  ] as const)('of type %s are written as they were read: %j', (type, json) => {
    expect(printTypedValue(readTypedValue(json), type)).toEqual(json);
  });

  it('never leave with anything but a TypedValueError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({
            type: fc.constantFrom('LIST', 'TABLE', 'RECORD', 'NUMBER'),
            list: fc.jsonValue(),
            table: fc.jsonValue(),
            record: fc.jsonValue(),
          }),
        ),
        (json) => {
          try {
            readTypedValue(json);
          } catch (error) {
            expect(error).toBeInstanceOf(TypedValueError);
          }
        },
      ),
    );
  });
});

describe('values as JSON', () => {
  it('are the same again for all that JSON has words for', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const clean = JSON.parse(JSON.stringify(json));
        expect(toJson(fromJson(clean))).toEqual(clean);
      }),
    );
  });

  it('keep a key that JavaScript treats as special', () => {
    const json = JSON.parse('{"__proto__": 1, "a": 2}');
    expect(JSON.stringify(toJson(fromJson(json)))).toBe('{"__proto__":1,"a":2}');
  });

  it('show tables by column, dates in ISO and never a secret', () => {
    expect(toJson(table)).toEqual([
      { id: 1, city: 'Bonn' },
      { id: 2, city: null },
    ]);
    expect(
      toJson(
        new Map<string, BotValue>([
          ['at', date],
          ['pw', new BotCredential(() => 'hush')],
        ]),
      ),
    ).toEqual({ at: '2024-05-01T09:30:00+02:00', pw: '********' });
  });
});

describe('values as text', () => {
  it.each([
    [1e21, '1000000000000000000000'],
    [1.5e-7, '0.00000015'],
    [-2.5e22, '-25000000000000000000000'],
    [0.1, '0.1'],
    [100, '100'],
  ])('writes %d without exponent', (number, text) => {
    expect(numberText(number)).toBe(text);
    expect(Number(numberText(number))).toBe(number);
  });

  it('writes structures as JSON and credentials as asterisks', () => {
    expect(toText(['a', 1, new BotCredential(() => 'hush')])).toBe('["a",1,"********"]');
  });

  it.each([
    '2024-05-01T09:30:00+02:00[Europe/Paris]',
    '2024-05-01T07:30:00Z',
    '2024-05-01 07:30:00',
    '2024-05-01T09:30+0200',
  ])('reads the moment %s', (text) => {
    const moment = readDateTime(text);
    if (!text.endsWith('+0200')) expect(moment?.toInstant().toString()).toBe('2024-05-01T07:30:00Z');
  });

  it('does not read what is no date', () => {
    for (const text of ['', 'soon', '2024-13-01', '05/01/2024']) expect(readDateTime(text)).toBeUndefined();
  });
});

describe('variables', () => {
  const typed = (type: string, payload: object) => variable('v', type, { defaultValue: { type, ...payload } });
  it.each([
    ['STRING', typed('STRING', { string: 'a $ b' }), 'a $ b'],
    ['NUMBER', typed('NUMBER', { number: '2.5' }), 2.5],
    ['BOOLEAN', typed('BOOLEAN', { boolean: true }), true],
    ['FILE', typed('FILE', { string: 'file:///tmp/a%20b' }), '/tmp/a b'],
    ['LIST', typed('LIST', { list: [{ type: 'NUMBER', number: '1' }] }), [1]],
    [
      'DICTIONARY',
      typed('DICTIONARY', { dictionary: [{ key: 'k', value: { type: 'STRING', string: 'v' } }] }),
      new Map([['k', 'v']]),
    ],
    [
      'TABLE',
      typed('TABLE', {
        table: { schema: [{ name: 'a', type: 'STRING' }], rows: [{ values: [{ type: 'STRING', string: 'x' }] }] },
      }),
      new BotTable([{ name: 'a', type: 'STRING' }], [['x']]),
    ],
    [
      'RECORD',
      typed('RECORD', {
        record: { schema: [{ name: 'a', type: 'STRING' }], values: [{ type: 'STRING', string: 'x' }] },
      }),
      new BotRecord([{ name: 'a', type: 'STRING' }], ['x']),
    ],
    [
      'RECORD with only a schema',
      variable('v', 'RECORD', { schema: [{ name: 'a', type: 'NUMBER' }] }),
      new BotRecord([{ name: 'a', type: 'NUMBER' }], [0]),
    ],
    [
      'WINDOW',
      typed('WINDOW', { window: { name: 'Main' } }),
      new BotOpaque('WINDOW', [
        ['type', 'WINDOW'],
        ['window', new Map([['name', 'Main']])],
      ]),
    ],
    ['NUMBER without default', variable('v', 'NUMBER'), 0],
    ['STRING without default', variable('v', 'STRING'), ''],
    ['LIST without default', variable('v', 'LIST'), []],
  ])('of type %s begin with their default', async (_, declared, value) => {
    expect(await output([declared], [], 'v')).toEqual(value);
  });

  it('take what an action gives in their own type', async () => {
    expect(await output([variable('v', 'NUMBER')], [node('Test.give', [str('value', ' 12 ')], to('v'))], 'v')).toBe(12);
    expect(
      await output([variable('v', 'STRING')], [node('Test.give', [exp('value', '2+2', 'NUMBER')], to('v'))], 'v'),
    ).toBe('4');
    const { error } = await run(botText([variable('v', 'LIST')], [node('Test.give', [str('value', 'x')], to('v'))]));
    expect(error).toMatchObject({ line: 1, message: 'Expected a list, but got text "x"' });
  });

  it('of type TABLE take rows as JSON has them', async () => {
    const rows = fromJson([
      { id: 1, city: 'Bonn' },
      { id: 2, note: 'x' },
    ]);
    const value = await output([variable('v', 'TABLE')], [], 'v', { inputs: new Map([['v', rows]]) });
    expect(toJson(value ?? null)).toEqual([
      { id: 1, city: 'Bonn', note: null },
      { id: 2, city: null, note: 'x' },
    ]);
  });

  it('of one name are the first of them', async () => {
    const twice = [variable('v', 'STRING'), variable('V', 'STRING', { output: false })];
    expect(await output(twice, [put('V', 'x')], 'v')).toBe('x');
  });

  it('that are no inputs keep their default, and only outputs come back', async () => {
    const declared = [variable('a', 'STRING', { input: false }), variable('b', 'STRING', { output: false })];
    const { outputs } = await run(botText(declared, [put('a', '[$a$$b$]')]), {
      inputs: new Map([
        ['a', 'x'],
        ['b', 'y'],
        ['c', 'z'],
      ]),
    });
    expect(outputs).toEqual(new Map([['a', '[y]']]));
  });

  it('are handed by name to an action that asks for a set of them', async () => {
    const declared = [variable('First', 'STRING'), variable('n', 'NUMBER'), variable('second', 'STRING')];
    const map = (value: object) =>
      node('Test.map', [{ name: 'variables', value: { type: 'VARIABLEMAP', ...value } }], to('second'));
    expect(await output(declared, [map({ variableMapFilter: ['STRING'] })], 'second')).toBe('First,second');
    expect(await output(declared, [map({ variableMapNames: ['N', 'first'] })], 'second')).toBe('First,n');
  });

  it('in a file path keep their percent signs, while the literal part loses its', async () => {
    const events: string[] = [];
    const nodes = [node('Test.note', [exp('file', 'file:///C:/my%20files/$v$', 'FILE')])];
    await run(botText([variable('v', 'STRING')], nodes), { inputs: new Map([['v', '100%25.txt']]), events });
    expect(events).toEqual(['C:/my files/100%25.txt']);
  });
});

describe('credentials', () => {
  const secret = {
    name: 'value',
    value: { type: 'CREDENTIAL', credential: { name: 'mail', lockerName: 'L', attributeName: 'password' } },
  };
  const nodes = [node('Test.secret', [{ ...secret, name: 'password' }], to('v'))];

  it('are fetched for the attribute that names them, and print as asterisks', async () => {
    const asked: string[] = [];
    const host = testHost({
      credential: async ({ name, lockerName, attributeName }) => {
        asked.push(`${lockerName}.${name}.${attributeName}`);
        return new BotCredential(() => 'hush');
      },
    });
    expect(await output([variable('v', 'STRING')], nodes, 'v', { host })).toBe('******** hush');
    expect(asked).toEqual(['L.mail.password']);
  });

  it('of a variable are fetched when the bot begins', async () => {
    const declared = [variable('v', 'STRING'), variable('c', 'CREDENTIAL', { defaultValue: secret.value })];
    const host = testHost({ credential: async () => new BotCredential(() => 'hush') });
    const use = [node('Test.secret', [exp('password', '$c$', 'CREDENTIAL')], to('v')), put('v', '$v$ $c$')];
    expect(await output(declared, use, 'v', { host })).toBe('******** hush ********');
  });

  it('fail the line where the run gets none', async () => {
    const { error } = await run(botText([variable('v', 'STRING')], [note('a'), ...nodes]));
    expect(error).toMatchObject({
      line: 2,
      message: expect.stringContaining('This run gets no credentials, so "mail" is not there'),
    });
  });
});

describe('a work item', () => {
  const workItem = {
    id: 'w1',
    attempt: 2,
    queueName: 'Invoices',
    fields: new Map<string, BotValue>([
      ['amount', 12],
      ['Extra', 'e'],
    ]),
  };

  it.each([
    [
      'RECORD',
      {
        schema: [
          { name: 'Amount', type: 'NUMBER' },
          { name: 'Missing', type: 'STRING' },
        ],
      },
      '12//e',
    ],
    ['DICTIONARY', {}, '12/none/e'],
  ])('is bound to a %s variable and its facts answer', async (type, more, expected) => {
    const declared = [variable('item', type, { workItem: true, ...more }), variable('v', 'STRING')];
    const middle = type === 'RECORD' ? '$item{Missing}$' : 'none';
    const nodes = [
      put('v', `$item{amount}$/${middle}/$item{Extra}$ $WorkItem:Id$ $WorkItem:Attempt$ $WorkItem:QueueName$`),
    ];
    const { outputs, workItemFields } = await run(botText(declared, nodes), { workItem });
    expect(outputs.get('v')).toBe(`${expected} w1 2 Invoices`);
    expect([...(workItemFields?.keys() ?? [])]).toEqual(
      type === 'RECORD' ? ['Amount', 'Missing', 'Extra'] : ['amount', 'Extra'],
    );
  });

  it('that is not there fails the line that asks for it', async () => {
    expect((await run(botText([variable('v', 'STRING')], [put('v', '$WorkItem:Id$')]))).error).toMatchObject({
      line: 1,
      message: 'This run is not about a work item',
    });
  });
});
