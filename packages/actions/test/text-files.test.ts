import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { EOL } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BotCredential, BotTable } from '@signalbox/taskbot';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act, loop, removeFolder, type TestHost, table, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = testHost();
});
afterEach(() => removeFolder(host));

const at = (name: string) => join(host.folder, name);
const text = (name: string) => readFileSync(at(name), 'utf8');
const tableOf = (value: unknown): BotTable => {
  if (value instanceof BotTable) return value;
  throw new Error('no table');
};

describe('LogToFile', () => {
  it('appends lines, making the folders', () => {
    act('LogToFile.logToFile', { filePath: 'logs/2024/a.txt', logContent: 'one' }, host);
    act('LogToFile.logToFile', { filePath: 'logs/2024/a.txt', logContent: 'two', appendTimestamp: true }, host);
    expect(text('logs/2024/a.txt')).toBe(`one${EOL}2024-02-05 15:04:09 two${EOL}`);
  });

  it('overwrites when told', () => {
    act('LogToFile.logToFile', { filePath: 'a.txt', logContent: 'one' }, host);
    act('LogToFile.logToFile', { filePath: 'a.txt', logContent: 'two', logOption: 'OVERWRITE_FILE' }, host);
    expect(text('a.txt')).toBe(`two${EOL}`);
  });

  it('writes ANSI as Windows-1252', () => {
    act('LogToFile.logToFile', { filePath: 'a.txt', logContent: 'é€', encodingValue: 'ANSI' }, host);
    expect([...readFileSync(at('a.txt')).subarray(0, 2)]).toEqual([0xe9, 0x80]);
  });

  it('writes variables, secrets as asterisks', () => {
    const variables = new Map<string, string | number | BotCredential>([
      ['n', 1],
      ['p', new BotCredential(() => 'hunter2')],
    ]);
    act('LogToFile.logVariablesToFile', { filePath: 'a.txt', variables }, host);
    expect(text('a.txt')).toBe(`n = 1${EOL}p = ********${EOL}`);
  });

  it('keeps lines whole that several processes write at once', async () => {
    const program = `
      const { appendText } = await import(${JSON.stringify(new URL('../src/support/append.ts', import.meta.url).href)});
      for (let i = 0; i < 300; i++) appendText(${JSON.stringify(at('shared.txt'))}, process.argv[1].repeat(2000) + '\\n', 'UTF8');
    `;
    const run = promisify(execFile);
    await Promise.all(
      ['a', 'b', 'c'].map((letter) => run(process.execPath, ['--input-type=module', '-e', program, letter])),
    );
    const lines = text('shared.txt').trimEnd().split('\n');
    expect(lines).toHaveLength(900);
    expect(new Set(lines)).toEqual(new Set(['a', 'b', 'c'].map((letter) => letter.repeat(2000))));
  });
});

describe('TextFile', () => {
  it.each(['UTF-8', 'ANSI', 'UTF-16', 'UTF-16BE', 'UNICODE', 'UTF-8-WITHOUT-BOM'])(
    'reads what it writes in %s',
    (encoding) => {
      act('TextFile.WriteFile', { filePath: 'f/a.txt', text: ' é\r\n', encoding }, host);
      act('TextFile.WriteFile', { filePath: 'f/a.txt', text: 'b ', encoding, writeOption: 'APPEND' }, host);
      expect(act('TextFile.ReadFile', { filePath: 'f/a.txt', encoding }, host)).toBe(' é\r\nb ');
      expect(
        act(
          'TextFile.ReadFile',
          { filePath: 'f/a.txt', encoding, trimLeadingSpace: true, trimTrailingSpace: true },
          host,
        ),
      ).toBe('é\r\nb');
    },
  );

  it.each([
    ['UTF-8 with its mark', Buffer.from('\ufeffé')],
    ['UTF-8 without', Buffer.from('é')],
    ['Windows-1252', Buffer.from([0xe9])],
    ['UTF-16', Buffer.from('\ufeffé', 'utf16le')],
  ])('finds out by itself: %s', (_what, bytes) => {
    writeFileSync(at('a.txt'), bytes);
    expect(act('TextFile.ReadFile', { filePath: 'a.txt' }, host)).toBe('é');
  });

  it('fails when told not to overwrite', () => {
    writeFileSync(at('a.txt'), 'old');
    expect(() => act('TextFile.WriteFile', { filePath: 'a.txt', text: 'new', writeOption: 'FAIL' }, host)).toThrow(
      /exists already/,
    );
    expect(() => act('TextFile.ReadFile', { filePath: 'none.txt' }, host)).toThrow(/it is not there/);
  });
});

describe('CsvTxt', () => {
  const open = (content: string | Buffer, more: object = {}) => {
    writeFileSync(at('a.csv'), content);
    return act('CsvTxt.OpenCSVTXT', { session: 'Default', filePath: 'a.csv', ...more }, host);
  };
  const readAll = () => tableOf(act('CsvTxt.ReadFromCsvTxt', { session: 'Default' }, host));

  it('reads a table with its header', () => {
    open('Name,Note\r\nAda,"a,\n""b"""\r\nBo\r\n', { containsHeader: true });
    const { columns, rows } = readAll();
    expect(columns.map((column) => column.name)).toEqual(['Name', 'Note']);
    expect(rows).toEqual([
      ['Ada', 'a,\n"b"'],
      ['Bo', ''],
    ]);
  });

  it.each([
    ['tab', 'a\tb', {}],
    ['semicolon', 'a;b', {}],
    ['pipe', 'a|b', {}],
    [';', 'a;b', {}],
    ['custom', 'a##b', { customDelimiter: '##' }],
  ])('knows the delimiter %s', (delimeter, content, more) => {
    open(content, { delimeter, ...more });
    expect(readAll().rows).toEqual([['a', 'b']]);
  });

  it('reads lines with the delimiter newLine', () => {
    open('a,"b\nc\n', { delimeter: 'newLine' });
    expect(readAll().rows).toEqual([['a,"b'], ['c']]);
  });

  it('trims and decodes', () => {
    open(Buffer.from(' \xe9 , b ', 'latin1'), { encoding: 'ANSI', trimLeadingSpace: true, trimTrailingSpace: true });
    expect(readAll().rows).toEqual([['é', 'b']]);
  });

  it('gives records to a loop', async () => {
    open('Name\nAda\nBo', { containsHeader: true });
    const records = await loop('CsvTxt.iterators.csvtxt', { session: 'Default' }, host);
    expect(records).toMatchObject([{ values: ['Ada'] }, { values: ['Bo'] }]);
  });

  it('takes the session itself, too, and closes', async () => {
    const session = open('a');
    expect(tableOf(await act('CsvTxt.ReadFromCsvTxt', { session: session as never }, host)).rows).toEqual([['a']]);
    await act('CsvTxt.CloseCsvTxt', { session: 'Default' }, host);
    expect(() => readAll()).toThrow(/no open CsvTxt session "Default"/);
  });

  it('misses the file at once, and refuses odd delimiters', () => {
    expect(() => act('CsvTxt.OpenCSVTXT', { filePath: 'none.csv' }, host)).toThrow(/it is not there/);
    expect(() => open('a', { delimeter: 'customised by somebody' })).toThrow(/Expected a delimiter/);
  });
});

describe('DataTable.writeToFile', () => {
  it('writes rows that CsvTxt reads back, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string()), { minLength: 1, maxLength: 5 }),
        (rows) => {
          act(
            'DataTable.writeToFile',
            {
              sourceTable: table(['a', 'b'], ...rows),
              filePath: 't.csv',
              appendToExistingFile: 'overwrite',
              withHeader: true,
            },
            host,
          );
          act('CsvTxt.OpenCSVTXT', { session: 's', filePath: 't.csv', containsHeader: true, encoding: 'UTF-8' }, host);
          expect(tableOf(act('CsvTxt.ReadFromCsvTxt', { session: 's' }, host)).rows).toEqual(rows);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('appends with a delimiter of choice, in new folders only when told', () => {
    const sourceTable = table(['a', 'b'], ['1', '2;3']);
    const write = (more: object) =>
      act(
        'DataTable.writeToFile',
        { sourceTable, filePath: 'out/t.csv', columnDelimiter: 'SEMI_COLON', ...more },
        host,
      );
    expect(() => write({ createDirectories: false })).toThrow(/Create it/);
    write({});
    write({});
    expect(text('out/t.csv')).toBe(`1;"2;3"${EOL}`.repeat(2));
  });
});
