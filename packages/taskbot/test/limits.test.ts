import { describe, expect, it } from 'vitest';
import {
  BotError,
  copyOf,
  DocumentError,
  fromJson,
  type Json,
  printTypedValue,
  readBot,
  readTypedValue,
  replaceInBot,
  requireItemCount,
  requireTextLength,
  TypedValueError,
  toJson,
} from '../src/index.ts';
import { botText, check, exp, is, node, note, output, put, run, runTask, set, str, to, variable } from './support.ts';

const nested = (depth: number, inside: (inner: object) => object, last: object): object => {
  let value = last;
  for (let at = 0; at < depth; at++) value = inside(value);
  return value;
};
/** As text: JSON.stringify itself would overflow. */
const nestedText = (depth: number, before: string, last: string, after: string) =>
  before.repeat(depth) + last + after.repeat(depth);

describe('a hostile document', () => {
  it('of ten thousand nested Ifs is refused with the place and the bound', () => {
    const text = `{"variables":[],"nodes":[${nestedText(
      10_000,
      '{"uid":"u","packageName":"If","commandName":"if","children":[',
      '',
      ']}',
    )}]}`;
    expect(() => readBot(text)).toThrow(DocumentError);
    expect(() => readBot(text)).toThrow(/at nodes\[0\]\.children\[0\].*at most 200 levels/);
  });

  it('of a condition chain, a group or a value deeper than the stack is refused in the same way', () => {
    const chain = nestedText(50_000, '{"operator":"AND","value":{},"operatorAttribute":', '{}', '}');
    const group = nestedText(50_000, '{"name":"c","groupAttribute":', '{}', '}');
    const value = nestedText(50_000, '{"type":"LIST","list":[', '{"type":"STRING","string":"x"}', ']}');
    for (const attribute of [
      `{"name":"condition","operatorAttribute":${chain}}`,
      group,
      `{"name":"v","value":${value}}`,
    ]) {
      const text = `{"variables":[],"nodes":[{"packageName":"If","commandName":"if","attributes":[${attribute}]}]}`;
      expect(() => readBot(text)).toThrow(DocumentError);
    }
  });

  it('runs as deep as it may be', async () => {
    const bot = botText(
      [variable('s', 'STRING')],
      [nested(190, (inner) => node('If.if', [is('x', true)], { children: [inner] }), put('s', 'deep'))],
    );
    expect((await run(bot)).outputs.get('s')).toBe('deep');
  });

  it('that calls itself from its depths ends with an error, not with the process', async () => {
    const inside = nested(
      180,
      (inner) => node('If.if', [is('x', true)], { children: [inner] }),
      runTask('repository:///Bots/Main', {}),
    );
    const text = botText([], [inside]);
    const { outcome, error } = await run(text, { bots: { 'Bots/Main': text }, limits: { depth: 10_000 } });
    expect(outcome).toBe('failed');
    expect(error?.message).toContain('nests too deep');
  });

  it('is bounded in bytes and in lines, and the error says the bound', () => {
    const large = botText([], [note('x'.repeat(1_000))]);
    expect(() => readBot(large, { bytes: 1_000 })).toThrow('a document of at most 1000 bytes');
    expect(() => readBot(botText([], [note('ä'.repeat(600))]), { bytes: 1_200 })).toThrow('at most 1200 bytes');
    expect(() => readBot(botText([], [note('a'), note('b'), note('c')]), { nodes: 2 })).toThrow(
      'at nodes[2] expected at most 2 lines in a bot',
    );
    expect(readBot(botText([], [note('a'), note('b')]), { nodes: 2 }).lines).toBe(2);
  });

  it('is told in few words, however large what stands there is', () => {
    const deep = JSON.parse(nestedText(100_000, '[', '', ']'));
    const wide = { variables: [], nodes: { a: 'x'.repeat(1_000_000) } };
    expect(() => readBot(JSON.stringify(wide))).toThrow(/^.{1,200}$/);
    expect(() => readTypedValue(deep)).toThrow(/expected an object, found \[\[…\]\]/);
    expect(() => replaceInBot(readBot(botText([], [])), ['nodes'], deep)).toThrow(DocumentError);
  });
});

describe('values deeper than the stack', () => {
  const list = () => {
    let value: Json = [];
    for (let at = 0; at < 100_000; at++) value = [value];
    return value;
  };

  it('are refused where they are copied, read from JSON or written', () => {
    expect(() => fromJson(list())).toThrow(BotError);
    // A list of lists is the same in both worlds.
    const value = list() as never;
    for (const use of [copyOf, toJson, printTypedValue]) expect(() => use(value)).toThrow('at most 500 levels');
  });

  it('are refused on the wire with the place', () => {
    const typed = JSON.parse(nestedText(50_000, '{"type":"LIST","list":[', '{"type":"STRING","string":""}', ']}'));
    expect(() => readTypedValue(typed)).toThrow(TypedValueError);
    const opaque = { type: 'FORM', form: JSON.parse(nestedText(50_000, '{"a":', '1', '}')) };
    expect(() => readTypedValue(opaque)).toThrow(TypedValueError);
  });
});

describe('the limits an action can ask for', () => {
  it('refuse a text or a list before it is made', () => {
    const host = { limits: { textLength: 10, itemCount: 2 } };
    expect(() => requireTextLength(11, host)).toThrow('at most 10 characters, but this one would have 11');
    expect(() => requireItemCount(3, host)).toThrow('at most 2 items, but this one would have 3');
    requireTextLength(10, host);
    requireItemCount(2, {});
  });
});

describe('names that JavaScript treats as special', () => {
  const special = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

  it.each(special)('%s is a variable, a key, a column and an attribute like any other', async (name) => {
    const dictionary = variable('d', 'DICTIONARY', {
      defaultValue: { type: 'DICTIONARY', dictionary: [{ key: name, value: { type: 'STRING', string: 'held' } }] },
    });
    const record = variable('r', 'RECORD', {
      defaultValue: {
        type: 'RECORD',
        record: { schema: [{ name, type: 'STRING' }], values: [{ type: 'STRING', string: 'column' }] },
      },
    });
    const nodes = [
      put(name, `$d{${name}}$ $r{${name}}$ $r[${name}]$`),
      node('Test.note', [str(name, 'ignored')]),
      put('s', `$${name}$`),
    ];
    const { outputs } = await run(
      botText([variable(name, 'STRING'), dictionary, record, variable('s', 'STRING')], nodes),
    );
    expect(outputs.get('s')).toBe('held column column');
    expect([...outputs.keys()]).toContain(name);
    for (const value of [outputs.get('d'), outputs.get('r')]) {
      const json = toJson(value ?? null);
      expect(Object.keys(json as object)).toEqual([name]);
      expect(readTypedValue(JSON.parse(JSON.stringify(printTypedValue(value ?? null))))).toEqual(value);
    }
    expect(fromJson(JSON.parse(`{"${name}": 1}`))).toEqual(new Map([[name, 1]]));
    expect(({} as Record<string, unknown>).held).toBeUndefined();
  });

  it.each(special)('%s that nobody declared is not there', async (name) => {
    const { problems } = await check(
      botText([variable('s', 'STRING')], [put('s', `$${name}$`), node(`${name}.${name}`)]),
    );
    expect(problems.map((one) => one.code)).toEqual(['undefined-variable', 'unknown-command']);
    const d = variable('d', 'DICTIONARY');
    const { error } = await run(botText([d, variable('s', 'STRING')], [put('s', `$d{${name}}$`)]));
    expect(error?.message).toContain(`no key "${name}"`);
    expect(() => readTypedValue({ type: name })).toThrow('expected a value type');
  });

  it('are inputs and options like any other', async () => {
    const declared = [variable('__proto__', 'NUMBER'), variable('s', 'STRING')];
    const text = botText(declared, [set('__proto__', '$__PROTO__$+1')]);
    expect((await run(text, { inputs: new Map([['__proto__', 41]]) })).outputs.get('__proto__')).toBe(42);
    const choose = node('Test.choose', [exp('word', '$s$')], to('s'));
    await expect(output(declared, [put('s', 'constructor'), choose], 's')).rejects.toThrow('expected Red, Green');
  });
});
