import { describe, expect, it } from 'vitest';
import { storableJson, storableText } from './storable.ts';

describe('what PostgreSQL cannot hold', () => {
  it('is replaced in a text, and nothing else is', () => {
    expect(storableText('a\0b \ud83d é 😀 \\u0000')).toBe('a\uFFFDb \uFFFD é 😀 \\u0000');
  });

  it('is replaced in JSON, keys and values, and escaped backslashes stay', () => {
    const value = { 'k\0': ['a\0b', '\udc00x', '😀', '\\u0000', '\\\0'] };
    expect(JSON.parse(storableJson(JSON.stringify(value)))).toEqual({
      'k\uFFFD': ['a\uFFFDb', '\uFFFDx', '😀', '\\u0000', '\\\uFFFD'],
    });
  });
});
