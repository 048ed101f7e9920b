import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BotSession, BotValue } from '@signalbox/taskbot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act, loop, removeFolder, type TestHost, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = testHost();
});
afterEach(() => removeFolder(host));

const open = (data: string, sessionName = 'Default') =>
  act('XML.startSession', { sessionName, inputType: 'text', data }, host);
const xml = (name: string, input: Readonly<Record<string, BotValue>> = {}) =>
  act(`XML.${name}`, { sessionName: 'Default', ...input }, host);
const one = (xPath: string, attributeName = '') => xml('getSingleNode', { xPath, attributeName });

const CONFIG = `<?xml version="1.0" encoding="utf-8"?>
<config><!-- live --><folder name="in">C:\\In &amp; out</folder><folder name="out">D:\\Out</folder><mail><to>a@b.c</to></mail></config>`;

describe('an XML session', () => {
  it('reads texts and attributes', async () => {
    await open(CONFIG);
    expect(one('/config/folder[1]')).toBe('C:\\In & out');
    expect(one('/config/folder[2]', 'name')).toBe('out');
    expect(one('/config/folder[2]/@name')).toBe('out');
    expect(one('//mail')).toBe('a@b.c');
    expect(one('/config/folder[2]', 'missing')).toBe('');
    expect(one('count(//folder)')).toBe('2');
  });

  it('says that nothing is there', async () => {
    await open(CONFIG);
    expect(() => one('/config/nothing')).toThrow(/"\/config\/nothing" finds nothing/);
  });

  it('reads files in the encoding they declare, and saves in it', async () => {
    const path = join(host.folder, 'a.xml');
    writeFileSync(path, Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1'));
    await act('XML.startSession', { sessionName: 'Default', filePath: 'a.xml' }, host);
    expect(one('/a')).toBe('é');
    xml('updateNode', { xPath: '/a', value: 'ü' });
    expect(() => xml('saveXML', { writeToFile: true, fileName: 'a.xml' })).toThrow(/exists already/);
    const text = xml('saveXML', { writeToFile: true, fileName: 'a.xml', overwrite: true });
    expect(text).toContain('<a>ü</a>');
    expect(readFileSync(path, 'latin1')).toBe(text);
  });

  it('opens no file where there is none', async () => {
    const server: TestHost = { ...host, run: { ...host.run, workFolder: undefined } };
    await expect(act('XML.startSession', { filePath: '/etc/passwd' }, server)).rejects.toThrow(/no file system/);
    const session = await act('XML.startSession', { inputType: 'text', data: '<a/>' }, server);
    expect(() =>
      act('XML.saveXML', { sessionName: session as BotSession, writeToFile: true, fileName: '/tmp/x' }, server),
    ).toThrow(/no file system/);
  });

  it('is addressed by name or by value, and closes', async () => {
    const session = (await open(CONFIG)) as BotSession;
    expect(act('XML.getSingleNode', { sessionName: session, xPath: '//to' }, host)).toBe('a@b.c');
    await xml('endSession');
    expect(() => one('//to')).toThrow(/no open XML session "Default"/);
    expect(() => act('XML.getSingleNode', { sessionName: session, xPath: '//to' }, host)).toThrow(/is closed/);
  });

  it.each([
    ['<a><b></a>', /line 1, column \d+: a tag is not closed/],
    ['<a>1 < 2</a>', /not well-formed XML at line 1/],
    ['hello secret', /no element at all/],
    ['<a/><b/>', /not well-formed/],
    ['', /it is empty/],
    [`<a>${'x'.repeat(20_000_000)}</a>`, /at most 20000000 characters/],
  ])('refuses text %#', async (text, message) => {
    await expect(open(text)).rejects.toThrow(message);
    await expect(open(text)).rejects.not.toThrow(/secret/);
  });
});

describe('namespaces', () => {
  const FEED = `<f:feed xmlns:f="urn:feed" xmlns="urn:entry"><entry f:id="1"><title>One</title></entry><f:entry>Two</f:entry></f:feed>`;

  it('are found by the prefixes of the document, and plain names find the default one', async () => {
    await open(FEED);
    expect(one('/f:feed/f:entry')).toBe('Two');
    expect(one('//entry/title')).toBe('One');
    expect(one('//entry/@f:id')).toBe('1');
    expect(one('count(//f:*)')).toBe('2');
    expect(one('local-name(/*)')).toBe('feed');
    expect(one('namespace-uri(//title)')).toBe('urn:entry');
    expect(() => one('//x:entry')).toThrow(/prefix "x"/);
  });

  it('are those of the parent for a new node, or its own', async () => {
    await open(FEED);
    xml('insertNode', { xPath: '//entry', nodeName: 'name', nodeValue: 'n' });
    xml('insertNode', { xPath: '/f:feed', nodeName: 'f:last' });
    xml('insertNode', {
      xPath: '/f:feed',
      nodeName: 'g:new',
      namespaces: new Map([['g', 'urn:g']]),
      attributes: new Map([['g:a', '1']]),
    });
    expect(xml('saveXML')).toBe(
      '<f:feed xmlns:f="urn:feed" xmlns="urn:entry"><entry f:id="1"><title>One</title><name>n</name></entry><f:entry>Two</f:entry><f:last/><g:new xmlns:g="urn:g" g:a="1"/></f:feed>',
    );
    expect(one('//g:new/@g:a')).toBe('1');
    expect(() => xml('insertNode', { xPath: '/f:feed', nodeName: 'h:x' })).toThrow(/prefix "h"/);
  });
});

describe('several nodes', () => {
  it('are looped over', async () => {
    await open(CONFIG);
    xml('getMultipleNode', { xPath: '//folder', typeToReturn: 'text' });
    expect(await loop('XML.iterators.xml', { session: 'Default' }, host)).toEqual(['C:\\In & out', 'D:\\Out']);
    xml('getMultipleNode', { xPath: '//folder', typeToReturn: 'attribute', attributeName: 'name' });
    expect(await loop('XML.iterators.xml', { session: 'Default' }, host)).toEqual(['in', 'out']);
  });

  it('are given by their paths, which find them again', async () => {
    await open('<a><b/><c>1</c><b>2<!-- x -->3</b></a>');
    const paths = xml('getMultipleNode', { xPath: '//b | //b/text() | //c', typeToReturn: 'xpath' });
    expect(paths).toEqual(['/a[1]/b[1]', '/a[1]/c[1]', '/a[1]/b[2]', '/a[1]/b[2]/text()[1]', '/a[1]/b[2]/text()[2]']);
    expect(one('/a[1]/b[2]/text()[2]')).toBe('3');
  });

  it('may be none', async () => {
    await open(CONFIG);
    expect(xml('getMultipleNode', { xPath: '//none' })).toEqual([]);
    expect(await loop('XML.iterators.xml', { session: 'Default' }, host)).toEqual([]);
  });
});

describe('changes', () => {
  const saved = () => xml('saveXML');
  const insert = (more: Readonly<Record<string, BotValue>>) =>
    xml('insertNode', { xPath: '/r', nodeName: 'n', nodeValue: 'v', ...more });

  it.each([
    [{}, '<r><a/><b/><n>v</n></r>'],
    [{ position: 'first' }, '<r><n>v</n><a/><b/></r>'],
    [{ position: 'before', beforeRefChildName: 'b' }, '<r><a/><n>v</n><b/></r>'],
    [{ position: 'after', afterRefChildName: 'a' }, '<r><a/><n>v</n><b/></r>'],
    [{ nodeName: 'a', insertType: 'insert' }, '<r><a/><b/><a>v</a></r>'],
    [{ nodeName: 'a', insertType: 'skip' }, '<r><a/><b/></r>'],
    [{ nodeName: 'a', insertType: 'overwrite' }, '<r><a>v</a><b/></r>'],
    [{ nodeValue: '<&>', attributes: new Map([['x', '"<']]) }, '<r><a/><b/><n x="&quot;&lt;">&lt;&amp;&gt;</n></r>'],
  ])('insert %o', async (more, expected) => {
    await open('<r><a/><b/></r>');
    insert(more);
    expect(saved()).toBe(expected);
  });

  it.each([
    [{ nodeName: 'a b' }, /a name that XML allows/],
    [{ nodeName: '1' }, /a name that XML allows/],
    [{ nodeValue: '\u0001' }, /control characters/],
    [{ position: 'before', beforeRefChildName: 'z' }, /no child "z"/],
    [{ xPath: '//none' }, /finds nothing/],
    [{ xPath: '//a/@x' }, /XPath of an element/],
  ])('refuse %o', async (more, message) => {
    await open('<r><a x="1"/></r>');
    expect(() => insert(more)).toThrow(message);
    expect(saved()).toBe('<r><a x="1"/></r>');
  });

  it('update texts and attributes', async () => {
    await open('<r><a x="1">old</a><b>keep</b></r>');
    xml('updateNode', { xPath: '/r/a', value: 'new' });
    xml('updateNode', { xPath: '/r/a/@x', value: '2' });
    xml('updateNode', { xPath: '/r/b', updateAttribute: true, attributes: new Map([['y', 'z']]) });
    expect(saved()).toBe('<r><a x="2">new</a><b y="z">keep</b></r>');
  });

  it('delete', async () => {
    await open('<r><a x="1" y="2"/><b/><b/></r>');
    xml('deleteNode', { xPath: '//b' });
    xml('deleteNode', { xPath: '//a/@x' });
    xml('deleteNode', { xPath: '//a', attributeName: 'y' });
    expect(saved()).toBe('<r><a/></r>');
    expect(() => xml('deleteNode', { xPath: '/r' })).toThrow(/root/);
  });

  it('are seen by the next XPath', async () => {
    await open('<r><a><b/></a></r>');
    expect(xml('executeXPath', { xPath: 'count(//b/ancestor::*/*)' })).toBe('2');
    xml('insertNode', { xPath: '/r/a', nodeName: 'b' });
    expect(xml('executeXPath', { xPath: 'count(//b/ancestor::*/*)' })).toBe('3');
  });
});

describe('validation', () => {
  it('knows well-formed, and refuses schemas', async () => {
    await open('<a/>');
    expect(xml('validateXML')).toBe('VALID');
    expect(() => xml('validateXML', { schemaPath: 'a.xsd' })).toThrow(/not supported/);
  });
});

describe('hostile documents', () => {
  it.each([
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]><a>&m;</a>',
    '<!DOCTYPE a [<!ENTITY l "lol">]><a b="&l;"/>',
  ])('with entities are refused', async (text) => {
    await expect(open(text)).rejects.toThrow(/those of a DTD are not expanded/);
  });

  it.each([
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>1</a>',
    '<!DOCTYPE a SYSTEM "http://169.254.169.254/x.dtd"><a>1</a>',
  ])('that only declare them are inert', async (text) => {
    await open(text);
    expect(one('/a')).toBe('1');
  });

  it('of great depth do not break the stack', async () => {
    await open(`${'<a>'.repeat(20_000)}x${'</a>'.repeat(20_000)}`);
    expect(one('/a')).toBe('x');
    expect(one('count(//a)')).toBe('20000');
    expect(String(xml('saveXML'))).toHaveLength(20_000 * 7 + 1);
  });
});

describe('a large document', () => {
  it('gives 1,000 of its nodes well within a second', async () => {
    const items = Array.from(
      { length: 12_000 },
      (_, at) => `<item id="${at}"><name>Name ${at}</name><price>${at}.5</price></item>`,
    );
    const text = `<root xmlns="urn:x"><list>${items.join('')}</list></root>`;
    expect(text.length).toBeGreaterThan(700_000);
    await open(text);
    const begun = performance.now();
    for (let at = 1; at <= 1000; at++) expect(one(`/root/list/item[${at * 12}]/name`)).toBe(`Name ${at * 12 - 1}`);
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(one('//item[@id="11000"]/price')).toBe('11000.5');
  });
});
