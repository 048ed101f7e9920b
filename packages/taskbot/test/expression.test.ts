import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BotError,
  BotRecord,
  BotTable,
  type BotValue,
  calculate,
  ExpressionError,
  parseExpression,
  printExpression,
} from '../src/index.ts';
import { output, put, set, testHost, variable } from './support.ts';

const name = fc.stringMatching(/^[A-Za-zäß][A-Za-z0-9_-]{0,6}$/);
/** Texts of the grammar, grown from it. */
const wellFormed = fc.letrec<{ text: string; ref: string; step: string }>((tie) => ({
  text: fc
    .array(
      fc.oneof(
        { maxDepth: 3 },
        fc.string().map((text) => text.replace(/[$()[\]{}"]/g, '')),
        fc.constant('$$'),
        tie('ref'),
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.join('')),
  ref: fc
    .tuple(
      fc.oneof(
        name,
        name.map((one) => `@${one}`),
        fc.tuple(name, name).map((pair) => pair.join(':')),
      ),
      fc.array(tie('step'), { maxLength: 2 }),
    )
    .map(([head, steps]) => `$${head}${steps.join('')}$`),
  step: fc.oneof(
    { maxDepth: 2 },
    fc.nat(99).map((at) => `[${at}]`),
    tie('text').map((text) => `[${text}]`),
    tie('text').map((text) => `{${text}}`),
    tie('text').map((text) => `{"${text}"}`),
    fc.tuple(name, name).map(([pack, fn]) => `.${pack}:${fn}`),
    fc.tuple(name, name, tie('text')).map(([pack, fn, text]) => `.${pack}:${fn}(${text})`),
  ),
}));

describe('an expression', () => {
  it('is read whole for every text of the grammar, and printed back', () => {
    fc.assert(
      fc.property(wellFormed.text, (text) => {
        expect(printExpression(parseExpression(text))).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never leaves with anything but an ExpressionError, whatever the text', () => {
    const noise = fc.oneof(
      fc.string(),
      fc.string({
        unit: fc.constantFrom('$', '$', 'a', '[', ']', '{', '}', '(', ')', '"', '.', ':', '@', '1', ' '),
        maxLength: 60,
      }),
    );
    fc.assert(
      fc.property(noise, (text) => {
        try {
          expect(printExpression(parseExpression(text))).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('refuses references nested to exhaust the stack', () => {
    expect(() => parseExpression('$a['.repeat(50_000))).toThrow(ExpressionError);
  });

  it.each([
    ['$name', 'At character 6 expected "$", "[", "{" or ".", found the end'],
    ['5$', 'expected a variable, "@" or a second "$"'],
    ['$a[0$', 'At character 6 expected a variable, "@" or a second "$", found the end'],
    ['$a.fn$', 'expected ":" and a function'],
    ['$a{"k}', `expected '"}'`],
  ])('says of %s where it stops being one', (text, message) => {
    expect(() => parseExpression(text)).toThrow(ExpressionError);
    expect(() => parseExpression(text)).toThrow(message);
  });

  const variables = [
    variable('sName', 'STRING'),
    variable('n', 'NUMBER'),
    variable('i', 'NUMBER'),
    variable('list', 'LIST'),
    variable('d', 'DICTIONARY'),
    variable('row', 'RECORD'),
    variable('t', 'TABLE'),
    variable('when', 'DATETIME'),
    variable('out', 'STRING'),
    variable('num', 'NUMBER'),
    variable('date', 'DATETIME'),
  ];
  const columns = [
    { name: 'Id', type: 'NUMBER' },
    { name: 'City', type: 'STRING' },
  ] as const;
  const inputs = new Map<string, BotValue>([
    ['sName', ' Ada '],
    ['n', 7],
    ['i', 1],
    ['list', ['a', 'b', 'c']],
    [
      'd',
      new Map<string, BotValue>([
        ['key', 'v'],
        ['Ada b', 'w'],
        ['1', 'one'],
      ]),
    ],
    ['row', new BotRecord(columns, [5, 'Bonn'])],
    [
      't',
      new BotTable(
        [...columns],
        [
          [1, 'Köln'],
          [2, 'Rom'],
        ],
      ),
    ],
    ['when', '2024-02-28T10:00:00Z'],
  ]);
  const setting = {
    inputs,
    host: testHost({ globalValue: (global) => (global === 'Base Path' ? 'C:/base' : undefined) }),
  };

  it.each([
    ['plain text', 'plain text'],
    ['costs 5 $$', 'costs 5 $'],
    ['$SNAME$!', ' Ada !'],
    ['$n$$i$', '71'],
    ['$n$+1', '7+1'],
    ['$list[0]$', 'a'],
    ['$list[$i$]$', 'b'],
    ['$list[$i$+1]$', 'c'],
    ['$t[1][1]$', 'Rom'],
    ['$t[$i$]{City}$', 'Rom'],
    ['$row[0]$', '5'],
    ['$row{city}$', 'Bonn'],
    ['$row[City]$', 'Bonn'],
    ['$d{key}$', 'v'],
    ['$d{"key"}$', 'v'],
    ['$d{$i$}$', 'one'],
    ['$d{"$sName.String:trim$ b"}$', 'w'],
    ['$n.Number:toString$', '7'],
    ['$sName.String:trim.Test:join(x).Test:join("y)")$', 'Ada|x|y)'],
    ['$n.Test:join()$', '7|none'],
    ['$n.Test:join($list[2]$)$', '7|c'],
    ['a$String:Tab$b', 'a\tb'],
    ['$@Base Path$/x', 'C:/base/x'],
    ['$System:AATaskInvoker{"Invoker_UserName"}$', 'ada'],
    ['$System:Date$', '2026-03-31T23:30:00Z'],
  ])('puts %j into text as %j', async (expression, expected) => {
    expect(await output(variables, [put('out', expression)], 'out', setting)).toBe(expected);
  });

  it.each([
    ['$n$+1', 8],
    ['($n$ - 1) / 4 * 2', 3],
    ['-$n$ + 2*3', -1],
    ['2 - 3 - 4', -5],
    ['600/$list[0].Test:join("x").Number:toString$', undefined],
    ['$t[1]{Id}$ * .5', 1],
    ['1e3', 1000],
    [' 12 ', 12],
  ])('computes %j in a number slot as %j', async (expression, expected) => {
    const result = output(variables, [set('num', expression)], 'num', setting);
    if (expected === undefined) await expect(result).rejects.toThrow('Expected a number');
    else expect(await result).toBe(expected);
  });

  it.each([
    ['$list[3]$', 'The index 3 is outside a list of 3'],
    ['$list[0-1]$', 'The index -1 is outside a list of 3'],
    ['$d{none}$', 'The dictionary has no key "none"'],
    ['$row{none}$', 'The record has no column "none"'],
    ['$n[0]$', 'An index needs a list, a record or a table'],
    ['$sName{x}$', 'A key needs a dictionary or a record, but this is text'],
    ['$@Nowhere$', 'There is no global value "Nowhere"'],
  ])('says what is wrong with %j when the line runs', async (expression, message) => {
    await expect(output(variables, [put('out', expression)], 'out', setting)).rejects.toThrow(message);
  });

  it('refuses to divide by zero', async () => {
    await expect(output(variables, [set('num', '1/($i$-1)')], 'num', setting)).rejects.toThrow('Division by zero');
  });

  it('adds days to a date in a date slot', async () => {
    const give = {
      ...put('out', ''),
      packageName: 'Test',
      commandName: 'give',
      attributes: [{ name: 'value', value: { type: 'DATETIME', expression: '$when$ + 2' } }],
      returnTo: { type: 'VARIABLE', variableName: 'out' },
    };
    expect(await output(variables, [give], 'out', setting)).toBe('2024-03-01T10:00:00Z');
  });

  it('computes what is a formula and leaves what is not', () => {
    const any = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('1', '2', '0', '+', '-', '*', '/', '(', ')', '.', ' ', 'e') }),
    );
    fc.assert(
      fc.property(any, (text) => {
        try {
          const result = calculate(text);
          expect(result === undefined || typeof result === 'number').toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(BotError);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(calculate('(1+2)*3')).toBe(9);
    expect(calculate('12-05-2021')).toBe(-2014);
    expect(calculate('INV-5')).toBeUndefined();
    expect(calculate('')).toBeUndefined();
  });
});
