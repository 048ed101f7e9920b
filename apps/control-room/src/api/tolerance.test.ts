import fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { readListRequest } from './automation-anywhere/listing.ts';
import { createReader, readJson } from './tolerance.ts';

const json = (text: string) => readJson(Buffer.from(text));

describe('a body', () => {
  it.each([
    ['nothing', '', undefined],
    ['blanks', ' \n', undefined],
    ['a byte order mark', '\uFEFF{"a":1}', { a: 1 }],
    ['text behind the object', '{"a":"}"} and more', { a: '}' }],
    ['text behind the list', '[1,[2]] tail {', [1, [2]]],
  ])('with %s is read', (_what, text, value) => expect(json(text)).toEqual(value));

  it('that is not JSON is refused by name, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          json(text);
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'REQUEST.BODY', status: 400 });
        }
      }),
    );
  });
});

describe('a schema', () => {
  const read = createReader(
    Type.Object({
      name: Type.String({ maxLength: 5 }),
      count: Type.Optional(Type.Integer()),
      flag: Type.Optional(Type.Boolean()),
      kind: Type.Optional(Type.Enum(['OWN', 'MANAGE'])),
      list: Type.Optional(Type.Array(Type.Integer())),
      inner: Type.Optional(Type.Object({ id: Type.Integer() })),
      open: Type.Optional(Type.Object({}, { additionalProperties: true })),
      password: Type.Optional(Type.String({ minLength: 8 })),
    }),
  );

  it.each([
    ['numbers as texts', { name: 'a', count: ' 7 ' }, { name: 'a', count: 7 }],
    ['texts as numbers', { name: 12 }, { name: '12' }],
    ['Booleans as texts in any case', { name: 'a', flag: 'True' }, { name: 'a', flag: true }],
    ['keys in another case', { NAME: 'a', Inner: { ID: '3' } }, { name: 'a', inner: { id: 3 } }],
    ['the exact key before another case', { NAME: 'b', name: 'a' }, { name: 'a' }],
    ['null for absent', { name: 'a', count: null, list: null }, { name: 'a' }],
    ['unknown keys', { name: 'a', multiLogin: true }, { name: 'a' }],
    ['words in another case', { name: 'a', kind: 'own' }, { name: 'a', kind: 'OWN' }],
    ['an open object untouched', { name: 'a', open: { x: '1', Y: null } }, { name: 'a', open: { x: '1', Y: null } }],
    ['texts in lists', { name: 'a', list: ['1', 2] }, { name: 'a', list: [1, 2] }],
  ])('takes %s', (_what, given, expected) => expect(read(given, 'body')).toEqual(expected));

  it.each([
    ['a missing field', {}, /body.*name/],
    ['a wrong type', { name: 'a', count: 'x' }, /body\.count/],
    ['a number too large to be exact', { name: 'a', count: 1e99 }, /body\.count/],
    ['a word that is none', { name: 'a', kind: 'KING' }, /body\.kind/],
    ['too long a text', { name: 'abcdef' }, /body\.name/],
    ['a list where an object belongs', [], /body/],
  ])('refuses %s with the place', (_what, given, message) => {
    expect(() => read(given, 'body')).toThrow(message);
  });

  it('never shows a secret in its refusal', () => {
    for (const body of [{ name: 'a', password: 'geheim' }, { password: 'geheim-und-lang' }]) {
      try {
        read(body, 'body');
        expect.unreachable();
      } catch (cause) {
        expect(`${(cause as Error).message} ${(cause as { details: string }).details}`).not.toContain('geheim');
      }
    }
  });
});

describe('the list grammar', () => {
  it('reads any request or refuses it by name', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        try {
          const { offset, length } = readListRequest(body);
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(length).toBeGreaterThan(0);
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'REQUEST.INVALID' });
        }
      }),
    );
  });

  it.each([
    ['nothing at all', undefined, { offset: 0, length: 1000 }],
    ['a page object without a length', { page: { offset: '3' } }, { offset: 3, length: 100 }],
    ['length 0 as the default', { page: { length: 0 } }, { length: 100 }],
    ['a length that is cut', { page: { length: 100_000 } }, { length: 10_000 }],
    ['NONE as everything', { filter: { operator: 'NONE' } }, { filter: { operator: 'everything' } }],
    [
      'a leaf without an operator as eq',
      { filter: { field: 'id', value: '7' } },
      { filter: { operator: 'eq', field: 'id', value: '7' } },
    ],
    [
      'operators in another case',
      { filter: { operator: 'GE', field: 'id', value: 1 } },
      { filter: { operator: 'ge', field: 'id', value: 1 } },
    ],
    [
      'a single sort as a list',
      { sort: { field: 'name', direction: 'DESC' } },
      { order: [{ field: 'name', descending: true }] },
    ],
  ])('takes %s', (_what, body, expected) => expect(readListRequest(body)).toMatchObject(expected));
});
