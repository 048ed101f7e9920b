import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DocumentError, findNode, printBot, readBot, replaceInBot, setAttribute } from '../src/index.ts';
import { botText, catchInto, finallyDo, fixture, node, note, str, tryWith } from './support.ts';

const FIXTURES = ['grade.json', 'batch.json', 'tolerant.json'];

describe('a bot document', () => {
  it.each(FIXTURES)('prints %s as it was read, byte for byte', (name) => {
    expect(printBot(readBot(fixture(name)))).toBe(fixture(name));
  });

  it.each(FIXTURES)('changes one attribute of %s and leaves every other byte', (name) => {
    const text = fixture(name);
    const document = readBot(text);
    const target = document.nodes
      .flatMap(function all(one): (typeof one)[] {
        return [one, ...one.children.flatMap(all), ...one.branches.flatMap(all)];
      })
      .findLast((one) => one.attributes.some((attribute) => attribute.value.kind !== 'empty'));
    const attribute = target?.attributes.find((one) => one.value.kind !== 'empty');
    if (target === undefined || attribute === undefined) throw new Error('The fixture has no attribute');
    const changed = printBot(setAttribute(document, target.uid, attribute.name, { type: 'STRING', string: '→ new' }));
    const added = '{"type":"STRING","string":"→ new"}';
    const at = changed.indexOf(added);
    expect(at).toBeGreaterThan(0);
    expect(text.startsWith(changed.slice(0, at))).toBe(true);
    expect(text.endsWith(changed.slice(at + added.length))).toBe(true);
    expect(
      findNode(readBot(changed).nodes, target.uid)?.attributes.find((one) => one.name === attribute.name)?.value,
    ).toMatchObject({ kind: 'text', text: '→ new' });
  });

  it('keeps any spacing, key order and unknown keys when something else changes', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, json, fc.integer({ min: 0, max: 4 }), (before, after, indent) => {
        const whole = {
          zeta: before,
          nodes: [{ ...node('Test.note', [str('text', 'old')]), extra: after }],
          variables: [],
          alpha: after,
        };
        const text = JSON.stringify(whole, undefined, indent);
        expect(printBot(readBot(text))).toBe(text);
        const changed = printBot(setAttribute(readBot(text), 'u-Test.note', 'text', { type: 'STRING', string: 'new' }));
        expect(changed.length - text.length).toBe(
          JSON.stringify({ type: 'STRING', string: 'new' }).length -
            JSON.stringify({ type: 'STRING', string: 'old' }, undefined, indent).replace(/\n */g, (gap) =>
              indent === 0 ? '' : gap + ' '.repeat(indent * 5),
            ).length,
        );
        expect(JSON.parse(changed)).toEqual(JSON.parse(text.replace('"old"', '"new"')));
      }),
    );
  });

  it('says where broken JSON breaks', () => {
    const text = '{"nodes": [], "variables": [}';
    expect(() => readBot(text)).toThrow(DocumentError);
    expect(() => readBot(text)).toThrow(/offset 28 expected a JSON value, found "}"/);
  });

  it.each([
    ['{"nodes": 3, "variables": []}', 'nodes expected a list, found 3'],
    ['{"nodes": [7], "variables": []}', 'nodes[0] expected an object, found 7'],
    ['{"nodes": [], "variables": [{"type": "STRING"}]}', 'variables[0].name expected a name, found nothing'],
    ['[]', 'the top expected an object, found []'],
    ['{}', 'the top expected the keys "nodes" and "variables"'],
    ['', 'offset 0 expected a JSON value, found the end'],
  ])('refuses %s with its place', (text, message) => {
    expect(() => readBot(text)).toThrow(message);
  });

  it('never leaves with anything but a DocumentError, whatever the text', () => {
    const noise = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((text) => `{"nodes":${text},"variables":[]}`),
      fc
        .json()
        .map((text) => `{"nodes":[{"attributes":[{"name":"a","value":${text}}],"returnTo":${text}}],"variables":[]}`),
    );
    fc.assert(
      fc.property(noise, (text) => {
        try {
          expect(printBot(readBot(text))).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(DocumentError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a document that nests to exhaust the stack', () => {
    const deep = `${'{"children":['.repeat(20_000)}${']}'.repeat(20_000)}`;
    expect(() => readBot(`{"nodes":[${deep}],"variables":[]}`)).toThrow(DocumentError);
  });

  it('replaces any value by its path, and refuses a path that leads nowhere', () => {
    const document = readBot(fixture('batch.json'));
    expect(JSON.parse(printBot(replaceInBot(document, ['properties', 'timeout'], '5s'))).properties.timeout).toBe('5s');
    expect(() => replaceInBot(document, ['properties', 'colour'], 1)).toThrow(DocumentError);
  });

  it('numbers lines depth first: node, children, then each branch with its children', () => {
    const document = readBot(
      botText(
        [],
        [
          node('Comment.Comment', [], { disabled: true }),
          tryWith([note('a'), note('b')], catchInto('m', 'l', [note('c')]), finallyDo([])),
          note('d'),
        ],
      ),
    );
    const [comment, attempt, last] = document.nodes;
    expect(comment?.line).toBe(1);
    expect(attempt?.line).toBe(2);
    expect(attempt?.children.map((one) => one.line)).toEqual([3, 4]);
    expect(attempt?.branches.map((one) => one.line)).toEqual([5, 7]);
    expect(attempt?.branches[0]?.children[0]?.line).toBe(6);
    expect(last?.line).toBe(8);
    expect(document.lines).toBe(8);
  });

  it('reads every type of value into its payload', () => {
    const value = (json: object) =>
      readBot(botText([], [node('A.b', [{ name: 'v', value: json }])])).nodes[0]?.attributes[0]?.value;
    expect(value({ type: 'STRING', string: '[Sheet1$]' })).toMatchObject({ kind: 'text', text: '[Sheet1$]' });
    expect(value({ type: 'STRING', string: 'x', expression: '$y$' })).toMatchObject({
      kind: 'expression',
      expression: '$y$',
    });
    expect(value({ type: 'NUMBER', number: '12.5' })).toMatchObject({ kind: 'number', number: 12.5 });
    expect(value({ type: 'NUMBER', number: '' })).toMatchObject({ kind: 'empty', type: 'NUMBER' });
    expect(value({ type: 'BOOLEAN', boolean: 'True' })).toMatchObject({ kind: 'boolean', boolean: true });
    expect(value({ type: 'FILE', string: 'file:///C:/a%20b.txt' })).toMatchObject({ kind: 'text', text: 'C:/a b.txt' });
    expect(value({ type: 'FILE', string: 'file:////server/share' })).toMatchObject({ text: '//server/share' });
    expect(value({ type: 'VARIABLE', variableName: 'Date', packageName: 'System' })).toMatchObject({
      kind: 'variable',
      packageName: 'System',
    });
    expect(value({ type: 'CREDENTIAL', credential: { name: 'n', lockerName: 'l', attributeName: 'a' } })).toMatchObject(
      { kind: 'credential', lockerName: 'l' },
    );
    expect(value({ type: 'SESSION', sessionName: { type: 'STRING', string: 's' } })).toMatchObject({
      kind: 'session',
      sessionName: { text: 's' },
    });
    expect(
      value({
        type: 'TABLE',
        table: {
          schema: [{ type: 'NUMBER' }],
          rows: [
            {
              values: [
                { type: 'NUMBER', number: '1' },
                { type: 'STRING', string: 'x' },
              ],
            },
          ],
        },
      }),
    ).toMatchObject({
      kind: 'table',
      columns: [
        { name: '', type: 'NUMBER' },
        { name: '', type: 'STRING' },
      ],
    });
    expect(value({ type: 'WINDOW', window: { name: 'Main' } })).toMatchObject({
      kind: 'opaque',
      payload: { window: { name: 'Main' } },
    });
    expect(value({ type: 'HOLOGRAM', beam: 1 })).toMatchObject({ kind: 'opaque', type: 'UNDEFINED' });
    expect(value({ type: '' })).toMatchObject({ kind: 'empty' });
  });
});
