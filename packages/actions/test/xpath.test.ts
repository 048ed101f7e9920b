import { createRequire } from 'node:module';
import { DOMParser, type Document, type Node } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { evaluateXPath, orderOf } from '../src/xml/xpath/evaluate.ts';
import { parseXPath } from '../src/xml/xpath/parse.ts';
import { isNodes, stringOfNode } from '../src/xml/xpath/values.ts';

const read = (text: string): Document => new DOMParser().parseFromString(text, 'text/xml');

const shop = read(`<shop xml:lang="en">
  <!-- two shelves -->
  <shelf id="a"><item n="1" price="3.5">Pen</item><item n="2" price="12">Book <b>of</b> ink</item></shelf>
  <shelf id="b"><item n="3" price="7">Cup</item><box><item n="4">Hat</item><box><item n="5">Cap</item></box></box></shelf>
  <?note hi?><empty/><div>5</div>
</shop>`);

const evaluate = (xPath: string, document = shop) =>
  evaluateXPath(parseXPath(xPath), document, { namespaces: () => undefined, order: () => orderOf(document) });

const shown = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((node: Node) => `${node.nodeName}=${stringOfNode(node)}`) : value;

/* Required and not imported: its types would bring the whole DOM of browsers into the project. */
interface Oracle {
  parse(xPath: string): { evaluate(options: { node: Document }): OracleValue };
}
interface OracleValue {
  toArray?(): Node[];
  readonly num?: number;
  readonly b?: boolean;
  stringValue(): string;
}

const oracle: Oracle = createRequire(import.meta.url)('xpath');

const otherwise = (xPath: string): unknown => {
  const value = oracle.parse(xPath).evaluate({ node: shop });
  return value.toArray?.() ?? value.num ?? value.b ?? value.stringValue();
};

describe('XPath agrees with another implementation on', () => {
  it.each([
    '/',
    '/shop',
    '/shop/shelf/item',
    '/shop/shelf[2]/item',
    '//item',
    '//item[1]',
    '(//item)[1]',
    '//box//item',
    '//item[@n="4"]',
    '//item[@price > 5]',
    '//item[@price and not(@n = 2)]',
    '//item[last()]',
    '//item[position() < 2]',
    '//item[contains(., "a")]/@n',
    '//@id',
    '//shelf[item = "Cup"]/@id',
    '/shop/*[3]',
    '/shop/shelf/@*',
    '//b/ancestor::*',
    '//b/ancestor-or-self::*[2]',
    '//b/..',
    '//b/.',
    '//b/parent::item/following-sibling::*',
    '//item[@n="2"]/following::item',
    '//item[@n="4"]/preceding::item',
    '//item[@n="5"]/preceding::item[1]',
    '//item[@n="2"]/preceding-sibling::item',
    '//shelf[2]/descendant::box',
    '//shelf[2]/descendant-or-self::*',
    '//comment()',
    '//processing-instruction()',
    '//processing-instruction("note")',
    '//item/text()',
    '//shelf/item | //box/item',
    '//box/item | //shelf/item',
    '//item/../@id',
    '//*[self::item or self::div]',
    '//item[count(preceding::item) = 2]',
    '//nothing',
    '/shop/div',
    'child::shop/child::shelf[position() = 2]/child::item[1]/attribute::n',
    '//item[./@n > 2][1]',
    '//shelf[.//item[@n=5]]/@id',
    'count(//item)',
    'count(//item[@price])',
    'sum(//item/@price)',
    'string(//item)',
    'string(//nothing)',
    'number(/shop/div) * 2 - -1',
    '7 mod 3',
    '-7 mod 3',
    '7 div 2',
    '1 div 0',
    '-1 div 0',
    '0 div 0',
    '2 + 3 * 4 - 1',
    '(2 + 3) * 4',
    '/shop/div * 2',
    '/shop/div div 2',
    'not(1 = 1) or 2 > 1 and 3 <= 3',
    '//item/@n = 3',
    '//item/@n != 3',
    '//item/@n > 4',
    '//item/@n = //div',
    '//item = //nothing',
    '"a" = "a"',
    '"1" = 1',
    'true() = "x"',
    'true() > false()',
    'concat("a", 1, true(), //item[1])',
    'substring("12345", 2, 3)',
    'substring("12345", 1.5, 2.6)',
    'substring("12345", 0, 3)',
    'substring("12345", 2)',
    'substring-before("1999/04/01", "/")',
    'substring-after("1999/04/01", "/")',
    'starts-with("abc", "ab")',
    'normalize-space("  a   b ")',
    'translate("--aaa--", "abc-", "ABC")',
    'string-length("héllo")',
    'floor(-1.5)',
    'ceiling(-1.5)',
    'round(2.5)',
    'name(//item[1]/@n)',
    'local-name(/*)',
    'string(1 div 3)',
    'string(1000000000000000000000)',
    'string(0.0000001)',
    'string(-0)',
    'string(1 = 1)',
    'boolean(//item)',
    'boolean("")',
    'lang("en")',
    'count(/ | //item[1] | //item[1])',
  ])('%s', (xPath) => {
    expect(shown(evaluate(xPath))).toEqual(shown(otherwise(xPath)));
  });
});

describe('XPath', () => {
  it.each([
    '',
    '/shop/',
    '//',
    '/shop[',
    '/shop]',
    '/shop[]',
    'item item',
    '//item[@]',
    '(1',
    'foo:',
    '#',
    '"open',
    '$x',
    'namespace::*',
    '1 2',
    '../',
    '@@a',
    `${'('.repeat(5000)}1${')'.repeat(5000)}`,
    'a'.repeat(20_000),
  ])('refuses %j', (xPath) => {
    expect(() => evaluate(xPath)).toThrow(/XPath/);
  });

  it.each(['matches("a", "b")', 'constructor()', 'count()', 'count(1)', 'concat("a")', '"a" | "b"', '1/a'])(
    'says what is wrong with %s',
    (xPath) => {
      expect(() => evaluate(xPath)).toThrow(/XPath|function/);
    },
  );

  it('goes through a document of any depth', () => {
    const deep = read(`${'<a>'.repeat(50_000)}x${'</a>'.repeat(50_000)}`);
    expect(evaluate('string(/*)', deep)).toBe('x');
    expect(evaluate('count(//a)', deep)).toBe(50_000);
    expect(evaluate('count(//a[not(a)]/ancestor::a)', deep)).toBe(49_999);
  });

  it('ends an expression that would take minutes', () => {
    const wide = read(`<r>${'<a/>'.repeat(20_000)}</r>`);
    expect(() => evaluate('count(//a[count(//a) = count(//a)])', wide)).toThrow(/looks at more than 20000000 nodes/);
  });

  it('gives nodes in the order of the document, each once', () => {
    const nested = read('<a><a><b/></a><b/></a>');
    const found = evaluate('//a//b', nested);
    expect(isNodes(found) && found.length).toBe(2);
    expect(shown(evaluate('(//b | //a)[2]/b', nested))).toEqual(['b=']);
  });
});
