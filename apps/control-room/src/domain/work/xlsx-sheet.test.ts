import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32, deflateRawSync } from 'node:zlib';
import * as xlsx from '@e965/xlsx';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestKernel } from '../../../test-support/kernel.ts';
import { SYSTEM } from '../identity/caller.ts';
import { createWork } from './index.ts';
import { openSheet } from './xlsx-sheet.ts';

/** A workbook as a spreadsheet program writes it. */
function workbook(rows: unknown[][], more?: unknown[][]): Buffer {
  const book = xlsx.utils.book_new();
  xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet(rows), 'First');
  if (more) xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet(more), 'Second');
  return xlsx.write(book, { type: 'buffer', compression: true, bookSST: true });
}

/** A zip archive of the parts given: what no spreadsheet program writes. `claims` replaces the sizes in the directory. */
function archive(parts: Readonly<Record<string, string | Buffer>>, claims?: number): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, content] of Object.entries(parts)) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(claims ?? bytes.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    bodies.push(Buffer.from('PK\u0003\u0004'), facts, Buffer.from(name), packed);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), facts, place, Buffer.from(name));
    offset += 4 + facts.length + name.length + packed.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(parts).length, 4);
  end.writeUInt16LE(Object.keys(parts).length, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, ...directory, Buffer.from('PK\u0005\u0006'), end]);
}

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

function parts(sheet: string, more: Readonly<Record<string, string | Buffer>> = {}) {
  return {
    '_rels/.rels': `<Relationships><Relationship Id="r1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="r1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
      <Relationship Id="r2" Type="${OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>
      <Relationship Id="r3" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': sheet,
    ...more,
  };
}

const sheet = (rows: string): string =>
  `<?xml version="1.0"?><worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`;
const HEADER = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>';

async function read(bytes: Buffer): Promise<{ header: readonly string[]; rows: (readonly string[])[] }> {
  // In small pieces, as a network delivers it.
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
    bytes.subarray(i * 65_536, (i + 1) * 65_536),
  );
  const table = await openSheet(Readable.from(pieces, { objectMode: false }));
  return { header: table.header, rows: await Array.fromAsync(table.rows) };
}

async function refusal(bytes: Buffer): Promise<string> {
  const refused = await read(bytes).then(
    () => undefined,
    (cause) => cause,
  );
  expect(refused).toMatchObject({ kind: 'invalid', status: 400 });
  return refused.message;
}

const spooled = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => /^signalbox-.*\.xlsx$/.test(name));

describe('The first worksheet', () => {
  test('comes as texts: numbers without noise, dates, booleans, empty cells', async () => {
    const bytes = workbook([
      ['Id', 'Amount', 'Day', 'Moment', 'Paid', 'Note'],
      [1, 0.1 + 0.2, new Date(Date.UTC(2026, 0, 31)), new Date(Date.UTC(2026, 0, 31, 8, 30, 15)), true, 'grün & <"x">'],
      [9007199254740991, -1.5e-7, null, null, false, ''],
      [12345678901234, 1e21, new Date(Date.UTC(1999, 11, 31)), null, null, ' blank at both ends '],
    ]);
    expect(await read(bytes)).toEqual({
      header: ['Id', 'Amount', 'Day', 'Moment', 'Paid', 'Note'],
      rows: [
        ['1', '0.3', '2026-01-31', '2026-01-31T08:30:15Z', 'true', 'grün & <"x">'],
        ['9007199254740991', '-1.5e-7', '', '', 'false', ''],
        ['12345678901234', '1e+21', '1999-12-31', '', '', ' blank at both ends '],
      ],
    });
  });

  test('keeps columns where rows have holes, and leaves out rows without any value', async () => {
    const bytes = workbook([
      ['a', 'b', 'c', 'd'],
      [null, 2],
      [],
      [null, null, null, 4, 'beyond the header'],
      ['', ''],
      [1],
    ]);
    expect((await read(bytes)).rows).toEqual([
      ['', '2', '', ''],
      ['', '', '', '4'],
      ['1', '', '', ''],
    ]);
  });

  test('is the first that is not hidden, whatever the parts are called', async () => {
    expect((await read(workbook([['first'], ['x']], [['second'], ['y']]))).header).toEqual(['first']);
    const book = xlsx.utils.book_new();
    xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet([['hidden']]), 'H');
    xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet([['shown']]), 'S');
    book.Workbook = { Sheets: [{ Hidden: 1 }, { Hidden: 0 }] };
    expect((await read(xlsx.write(book, { type: 'buffer' }))).header).toEqual(['shown']);
  });

  test('counts days from 1904 where the workbook does', async () => {
    const made = parts(sheet(`${HEADER}<row><c s="1"><v>0</v></c><c s="1"><v>44591</v></c></row>`), {
      'xl/styles.xml': '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    });
    const main = made['xl/workbook.xml'].replace('<sheets>', '<workbookPr date1904="1"/><sheets>');
    expect((await read(archive({ ...made, 'xl/workbook.xml': main }))).rows).toEqual([['1904-01-01', '2026-01-31']]);
  });

  test('may carry prefixes, formatted runs, pronunciations, escapes, CDATA and cells without a reference', async () => {
    const bytes = archive(
      parts(
        `<x:worksheet xmlns:x="${MAIN}"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="inlineStr"><x:is><x:t>b</x:t></x:is></x:c></x:row>
         <x:row><x:c t="str"><x:f>1+1</x:f><x:v>line_x000D_
end</x:v></x:c><x:c t="e"><x:v>#DIV/0!</x:v></x:c></x:row>
         <x:row><x:c t="inlineStr"><x:is><x:t><![CDATA[<&>]]></x:t></x:is></x:c><x:c t="d"><x:v>2026-01-31</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
        { 'xl/sharedStrings.xml': '<sst><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>ruby</t></rPh></si></sst>' },
      ),
    );
    expect(await read(bytes)).toEqual({
      header: ['two runs', 'b'],
      rows: [
        ['line\r\nend', '#DIV/0!'],
        ['<&>', '2026-01-31'],
      ],
    });
  });

  test.each([
    ['yyyy-mm-dd', '46053', '2026-01-31'],
    ['d. mmm yyyy', '46053', '2026-01-31'],
    ['[$-409]m/d/yy h:mm AM/PM;@', '46053.5', '2026-01-31T12:00:00Z'],
    ['hh:mm:ss', '0.354166666666667', '08:30:00'],
    ['mm:ss.0', '0.0006976', '00:01:00.273'],
    ['[h]:mm', '1.5', '1.5'],
    ['0.00E+00', '12300', '12300'],
    ['#,##0.00 "EUR day"', '5', '5'],
    ['0\\d', '5', '5'],
    ['[Red]0', '5', '5'],
    ['General', '5', '5'],
    ['@', '5', '5'],
    ['mmm', '46053', '2026-01-31'],
    ['yyyy', '59', '1900-02-28'],
    ['yyyy', '61', '1900-03-01'],
    ['yyyy', '-1', '-1'],
    ['yyyy', '3000000', '3000000'],
  ])('reads the format %s of the number %s as %s', async (code, number, text) => {
    const styles = `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="${code.replaceAll('"', '&quot;')}"/></numFmts>
      <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>`;
    const bytes = archive(
      parts(sheet(`${HEADER}<row><c s="1"><v>${number}</v></c></row>`), { 'xl/styles.xml': styles }),
    );
    expect((await read(bytes)).rows).toEqual([[text, '']]);
  });
});

describe('A file is refused in words', () => {
  test('when it is none, cut off, damaged or encrypted', async () => {
    expect(await refusal(Buffer.from('PK\u0003\u0004 and then nothing'))).toMatch(/no XLSX workbook/);
    const whole = workbook([['a'], ['b']]);
    expect(await refusal(whole.subarray(0, whole.length - 100))).toMatch(/not all of it arrived/);
    expect(await refusal(archive({ 'word/document.xml': '<w/>' }))).toMatch(/no XLSX workbook/);
    const encrypted = Buffer.from(whole);
    // The first flag of every entry in the zip's directory says so.
    for (let at = encrypted.indexOf('PK\u0001\u0002'); at >= 0; at = encrypted.indexOf('PK\u0001\u0002', at + 1)) {
      encrypted.writeUInt16LE(encrypted.readUInt16LE(at + 8) | 1, at + 8);
    }
    expect(await refusal(encrypted)).toMatch(/encrypted/);
  });

  test('when a byte of it was flipped on the way', async () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => [`${i} ${Math.sin(i)}`]);
    const bytes = archive(parts(sheet(HEADER + rows.map(([v]) => `<row><c t="str"><v>${v}</v></c></row>`).join(''))));
    const start = bytes.indexOf('sheet1.xml') + 'sheet1.xml'.length;
    let refused = 0;
    for (let at = start + 500; at < start + 10_000; at += 997) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at);
      await refusal(flipped);
      refused++;
    }
    expect(refused).toBeGreaterThan(5);
  });

  test.each([
    ['has no sheet', {}, /no worksheet|no xl\/worksheets/],
    ['is empty', { 'xl/worksheets/sheet1.xml': sheet('') }, /empty/],
    ['is no XML', { 'xl/worksheets/sheet1.xml': '<worksheet><row>' }, /not well formed/],
    [
      'declares entities',
      { 'xl/worksheets/sheet1.xml': `<!DOCTYPE x [<!ENTITY a "aaaa">]>${sheet(HEADER)}` },
      /document type/,
    ],
    [
      'uses an unknown entity',
      { 'xl/worksheets/sheet1.xml': sheet('<row><c t="str"><v>&a;</v></c></row>') },
      /well formed/,
    ],
    ['is not UTF-8', { 'xl/worksheets/sheet1.xml': Buffer.from([0x3c, 0xff, 0x3e]) }, /XLSX/],
    [
      'refers to a text that is not there',
      { 'xl/worksheets/sheet1.xml': sheet('<row><c t="s"><v>7</v></c></row>') },
      /damaged/,
    ],
    ['has too many columns', { 'xl/worksheets/sheet1.xml': sheet('<row><c r="XFE1"><v>1</v></c></row>') }, /columns/],
    ['has a cell that is none', { 'xl/worksheets/sheet1.xml': sheet('<row><c r="17"><v>1</v></c></row>') }, /no cell/],
    ['is nested without end', { 'xl/worksheets/sheet1.xml': '<a>'.repeat(10_000) }, /nested/],
    ['has a text without end', { 'xl/worksheets/sheet1.xml': sheet(' x'.repeat(4e6)) }, /too long/],
    [
      'has a cell of runs without end',
      {
        'xl/worksheets/sheet1.xml': sheet(
          `<row><c t="inlineStr"><is>${'<r><t>0123456789</t></r>'.repeat(2e5)}</is></c></row>`,
        ),
      },
      /too long/,
    ],
  ])('when its sheet %s', async (_what, more, words) => {
    const { 'xl/worksheets/sheet1.xml': _sheet, ...rest } = parts('');
    expect(await refusal(archive({ ...rest, ...more }))).toMatch(words);
  });

  test('when it is packed more densely than any table, or says that it is larger than it may be', async () => {
    const bomb = archive(parts(sheet(HEADER + ' '.repeat(101_000_000))));
    expect(bomb.length).toBeLessThan(200_000);
    expect(await refusal(bomb)).toMatch(/densely/);

    expect(await refusal(archive(parts(sheet(HEADER)), 0xf0000000))).toMatch(/too large/);
    expect(await refusal(archive(parts(sheet(HEADER)), 10))).toMatch(/XLSX/);
  });

  test('when the texts that its cells share would fill the memory', async () => {
    const shared = `<sst>${'<si/>'.repeat(4_100_000)}</sst>`;
    expect(await refusal(archive(parts(sheet(HEADER), { 'xl/sharedStrings.xml': shared })))).toMatch(
      /too many different/,
    );
  });
});

describe('The file behind it', () => {
  test('is gone from the folder as soon as it is there, read to the end or not', async () => {
    const table = await openSheet(Readable.from([workbook([['a'], ['b'], ['c']])], { objectMode: false }));
    expect(await spooled()).toEqual([]);
    for await (const row of table.rows) {
      expect(row).toEqual(['b']);
      break;
    }
    await expect(Array.fromAsync(table.rows)).resolves.toEqual([]);
    await refusal(Buffer.from('PK'));
    expect(await spooled()).toEqual([]);
  });

  test('is gone too when the upload breaks off', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('PK\u0003\u0004');
        throw new Error('The line is dead.');
      })(),
      { objectMode: false },
    );
    await expect(openSheet(broken)).rejects.toThrow('The line is dead.');
    expect(await spooled()).toEqual([]);
  });
});

describe('A large workbook', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xlsx-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('of 100,000 rows has all of them', async () => {
    const rows: unknown[][] = [['id', 'name', 'amount', 'day']];
    for (let i = 0; i < 100_000; i++)
      rows.push([i, `name ${i % 5_000}`, i / 10, new Date(Date.UTC(2026, 0, 1 + (i % 365)))]);
    const result = await read(workbook(rows));
    expect(result.rows.length).toBe(100_000);
    expect(result.rows[99_999]).toEqual(['99999', 'name 4999', '9999.9', '2026-12-21']);
  });

  test('needs no more memory for more rows', async () => {
    // 400,000 rows of 5 cells are 200 MB as texts: with a heap of 40 MB they can only pass through.
    const row = (i: number): string =>
      `<row>${[0, 1, 2, 3].map((c) => `<c t="inlineStr"><is><t>text ${i} in column ${c} of the sheet</t></is></c>`).join('')}<c><v>${i}</v></c></row>`;
    let body = '';
    for (let i = 0; i < 400_000; i++) body += row(i);
    const file = join(folder, 'many.xlsx');
    await writeFile(file, archive(parts(sheet(body))));
    const module = new URL('./xlsx-sheet.ts', import.meta.url).href;
    const script = `import { createReadStream } from 'node:fs';
      import { openSheet } from '${module}';
      const table = await openSheet(createReadStream(${JSON.stringify(file)}));
      let rows = 0;
      for await (const row of table.rows) rows += row.length === 5 ? 1 : 0;
      console.log(rows);`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--max-old-space-size=40',
      '--max-semi-space-size=4',
      '--input-type=module',
      '--eval',
      script,
    ]);
    expect(stdout.trim()).toBe('399999');
  });
});

test('A workbook is loaded into a queue like any other table', async () => {
  const { kernel, close } = await createTestKernel();
  try {
    const work = createWork(kernel);
    const attributes = [
      { name: 'invoice', type: 'TEXT', isRequired: true },
      { name: 'amount', type: 'NUMBER' },
      { name: 'due', type: 'DATE' },
    ] as const;
    const model = await work.models.create(SYSTEM, { name: 'Invoice', attributes });
    const queue = await work.queues.create(SYSTEM, { name: 'Invoices', modelId: model.id });
    const load = (bytes: Buffer) =>
      work.load(
        SYSTEM,
        queue.id,
        { name: 'i.xlsx', stream: Readable.from([bytes], { objectMode: false }), truncated: () => false },
        { requestId: 'r', address: '127.0.0.1' },
      );
    const due = new Date(Date.UTC(2026, 0, 31));
    expect(
      await load(
        workbook([
          ['due', 'Invoice', 'amount'],
          [due, 'A', 0.1 + 0.2],
          [null, 'B', 'twelve'],
          [due, null, 1],
        ]),
      ),
    ).toMatchObject({ read: 3, loaded: 3, wrong: 2, faults: [{ row: 3 }, { row: 4 }] });
    await expect(load(workbook([['other'], ['x']]))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(load(archive({ 'a.txt': 'x' }))).rejects.toMatchObject({ kind: 'invalid' });
    const everything = { filter: { operator: 'everything' }, order: [], offset: 0, length: 10 } as const;
    const { rows } = (await work.items.list(SYSTEM, queue.id, everything)).page;
    expect(rows.map(({ json }) => json)).toContainEqual({ invoice: 'A', amount: '0.3', due: '2026-01-31' });
  } finally {
    await close();
  }
});
