import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanDocument } from './scan.ts';
import { compareVersions, withPackages } from './updating-packages.ts';

const call = (uri: string) => JSON.stringify({ nodes: [{ attributes: [{ value: { type: 'FILE', string: uri } }] }] });

describe('References of a bot', () => {
  it.each([
    ['repository:///Automation%20Anywhere/Bots/A%20b', 'automation anywhere\\bots\\a b'],
    ['repository:///Automation Anywhere\\Bots\\Übung', 'automation anywhere\\bots\\übung'],
    ['Repository://Automation%20Anywhere/x.csv', 'automation anywhere\\x.csv'],
  ])('are read from %s', (uri, path) => {
    expect(scanDocument(call(uri)).references).toEqual([path]);
  });

  it.each(['file:///C:/x', 'see repository:///x', 'repository:///', 'repository:///%zz', 'repository:///a%00b'])(
    'are none in %s',
    (uri) => {
      expect(scanDocument(call(uri)).references).toEqual([]);
    },
  );

  it('are found once, however deep they stand, and in disabled commands too', () => {
    const deep = `${'{"children":['.repeat(20_000)}{"disabled":true,"a":"repository:///x"},"repository:///x"${']}'.repeat(20_000)}`;
    expect(scanDocument(deep).references).toEqual(['x']);
  });

  it('are none in what is no document, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { references, packages } = scanDocument(text);
        expect(references).toBeInstanceOf(Array);
        expect(packages).toBeInstanceOf(Array);
      }),
    );
  });
});

describe('Packages of a bot', () => {
  it('are those with a name and a version that can be kept', () => {
    const packages = [
      { name: 'A', version: '1' },
      { name: 'A', version: '1', settingsAttributes: [] },
      { name: 'B' },
      { name: '', version: '1' },
      { name: 'C', version: 'x'.repeat(101) },
      null,
    ];
    expect(scanDocument(JSON.stringify({ packages })).packages).toEqual([{ name: 'A', version: '1' }]);
  });

  it('get another version, and nothing else changes, numbers larger than JavaScript’s neither', () => {
    const text =
      '\uFEFF{"n":12345678901234567890.10,"packages":[{"name":"A","version":"1.9"},{"name":"B","version":"1"}]}';
    expect(withPackages(text, new Map([['A', '1.10']]), false)).toBe(text.replace('1.9', '1.10'));
    expect(withPackages(text, new Map([['A', '1.8']]), false)).toBeUndefined();
    expect(withPackages(text, new Map([['A', '1.8']]), true)).toBe(text.replace('1.9', '1.8'));
  });

  it('are ordered by the numbers in their versions', () => {
    const versions = ['2.0.0', '2.0.0-20240101-000000', '2.0.10', '2.9.1', '2.10.0-20231231', '10'];
    expect(versions.toSorted(compareVersions)).toEqual(versions);
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      }),
    );
  });
});
