import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ZonedDateTime } from '@js-joda/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutgoingRules } from '../src/index.ts';
import { act, check, loop, removeFolder, type TestHost, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = testHost();
});
afterEach(() => removeFolder(host));

const at = (name: string) => join(host.folder, name);
const write = (name: string, text = '', day?: string) => {
  mkdirSync(join(at(name), '..'), { recursive: true });
  writeFileSync(at(name), text);
  if (day) utimesSync(at(name), new Date(day), new Date(day));
};
const text = (name: string) => readFileSync(at(name), 'utf8');
const there = (...names: string[]) => names.map((name) => existsSync(at(name)));

describe('paths', () => {
  it('takes backslashes as separators and relative paths as the run’s own', () => {
    act('File.createFile', { filePath: 'a\\b\\c.txt' }, host);
    expect(there('a/b/c.txt')).toEqual([true]);
  });

  it.each([
    ['', /Expected a path/],
    ['repository:///Bots/x.xlsx', /Control Room's repository/],
    ['a\0b', /zero character/],
  ])('refuses %o', (filePath, why) => expect(() => act('File.createFile', { filePath }, host)).toThrow(why));

  it.skipIf(process.platform === 'win32')('says that a drive is not on this device', () => {
    expect(() => act('File.createFile', { filePath: 'C:\\temp\\x.txt' }, host)).toThrow(
      /Windows drive.*runs linux|runs darwin/,
    );
  });

  it('reaches no file at all where runs have no file system, neither by a full path', () => {
    const bare = { ...host, run: { ...host.run, workFolder: undefined } };
    expect(() => act('File.createFile', { filePath: 'x.txt' }, bare)).toThrow(/no file system/);
    write('a.json', '{}');
    expect(() => act('Json.StartSession', { inputType: 'file', filePath: at('a.json') }, bare)).toThrow(
      /no file system/,
    );
    expect(act('Json.StartSession', { inputType: 'file', filePath: at('a.json') }, host)).toBeDefined();
  });
});

describe('File.createFile', () => {
  it('makes an empty file once, or again when told', () => {
    write('a.txt', 'old');
    expect(() => act('File.createFile', { filePath: 'a.txt' }, host)).toThrow(/exists already/);
    act('File.createFile', { filePath: 'a.txt', isOverwrite: true }, host);
    expect(text('a.txt')).toBe('');
  });
});

describe('File.copyFiles', () => {
  const copy = (more: object) =>
    act('File.copyFiles', { sourceFilePath: 'in/a.txt', destinationPath: 'out', ...more }, host);
  beforeEach(() => write('in/a.txt', 'A'));

  it('copies into a folder or to a new name', async () => {
    await copy({});
    await copy({ destinationPath: 'out/new.txt' });
    expect([text('out/a.txt'), text('out/new.txt')]).toEqual(['A', 'A']);
  });

  it('copies all that fit a pattern', async () => {
    write('in/b.txt');
    write('in/c.csv');
    write('in/[x].txt');
    await copy({ sourceFilePath: 'in/*.txt' });
    await copy({ sourceFilePath: 'in/[x]*', destinationPath: 'other' });
    expect(there('out/a.txt', 'out/b.txt', 'out/[x].txt', 'out/c.csv', 'other/[x].txt')).toEqual([
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  it('overwrites only when told', async () => {
    write('out/a.txt', 'old');
    await expect(copy({})).rejects.toThrow(/exists already/);
    expect(text('out/a.txt')).toBe('old');
    await copy({ isOverwrite: true });
    expect(text('out/a.txt')).toBe('A');
  });

  it('refuses a file onto itself, and one that is not there', async () => {
    await expect(copy({ destinationPath: 'in', isOverwrite: true })).rejects.toThrow(/onto itself/);
    await expect(copy({ sourceFilePath: 'in/none.txt' })).rejects.toThrow(/is not there/);
  });
});

describe('File.deleteFiles', () => {
  it('deletes by size and by age', () => {
    write('small.log', 'x');
    write('big.log', 'x'.repeat(3000));
    act('File.deleteFiles', { filePath: '*.log', isSize: true, sizeValue: 'Atleast', size: 2 }, host);
    expect(there('small.log', 'big.log')).toEqual([true, false]);
  });

  it.each([
    [{ dateRangeValue: 'Before', beforeDate: '2024-02-01' }, [false, true, true]],
    [{ dateRangeValue: 'Before', beforeDate: '02/01/2024', isBeforeDateIncluded: true }, [false, false, true]],
    [{ dateRangeValue: 'After', afterDate: '2024-02-01' }, [true, true, false]],
    [
      { dateRangeValue: 'Between', afterDate: '2024-02-01', isAfterDateIncluded: true, beforeDate: '2024-02-05' },
      [true, false, false],
    ],
    [{ dateRangeValue: 'Days', days: 4 }, [true, true, false]],
  ])('deletes what was changed %o', (filter, expected) => {
    write('jan.log', '', '2024-01-15T12:00:00Z');
    write('feb1.log', '', '2024-02-01T12:00:00Z');
    write('feb4.log', '', '2024-02-04T12:00:00Z');
    act('File.deleteFiles', { filePath: '*.log', isDate: true, dateValue: 'Modified', ...filter }, host);
    expect(there('jan.log', 'feb1.log', 'feb4.log')).toEqual(expected);
  });

  it('finds nothing to delete in a pattern, but misses a named file', () => {
    expect(act('File.deleteFiles', { filePath: '*.none' }, host)).toBeUndefined();
    expect(() => act('File.deleteFiles', { filePath: 'x.none' }, host)).toThrow(/Check the path/);
    mkdirSync(at('folder'));
    expect(() => act('File.deleteFiles', { filePath: 'folder' }, host)).toThrow(/It is a folder/);
  });

  it('says which filter is incomplete', () => {
    write('a.log');
    expect(() => act('File.deleteFiles', { filePath: 'a.log', isSize: true }, host)).toThrow(/"size"/);
    expect(() => act('File.deleteFiles', { filePath: 'a.log', isDate: true, beforeDate: 'soon' }, host)).toThrow(
      /Expected a day/,
    );
    expect(there('a.log')).toEqual([true]);
  });
});

describe('File.renameFiles', () => {
  it('renames one, or many with a star', () => {
    write('a.txt');
    write('b.txt');
    act('File.renameFiles', { filePath: '*.txt', newFileName: 'old-*.bak' }, host);
    act('File.renameFiles', { filePath: 'old-a.bak', newFileName: 'c.txt' }, host);
    expect(there('old-b.bak', 'c.txt', 'a.txt')).toEqual([true, true, false]);
  });

  it('never replaces a file', () => {
    write('a.txt', 'A');
    write('b.txt', 'B');
    expect(() => act('File.renameFiles', { filePath: 'a.txt', newFileName: 'b.txt' }, host)).toThrow(/exists already/);
    expect(() => act('File.renameFiles', { filePath: '*.txt', newFileName: 'c.txt' }, host)).toThrow(/Put a \*/);
    expect(() => act('File.renameFiles', { filePath: 'a.txt', newFileName: '../c.txt' }, host)).toThrow(
      /without a folder/,
    );
    expect([text('a.txt'), text('b.txt')]).toEqual(['A', 'B']);
  });
});

describe('the other File actions', () => {
  it.each([
    ['File.assign', 'C:\\in\\a.txt', 'C:\\in\\a.txt'],
    ['File.getName', 'C:\\in\\a.txt', 'a.txt'],
    ['File.getPath', '/in/a.txt', '/in'],
    ['File.getPath', 'a.txt', ''],
  ])('%s of %s', (path, sourceFile, expected) => expect(act(path, { sourceFile }, host)).toBe(expected));

  it('downloads whole files or none', async () => {
    const server = createServer((request, answer) => {
      answer.writeHead(request.url === '/a.txt?key=s3cret' ? 200 : 404).end('content');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const base = `http://127.0.0.1:${address.port}`;
    try {
      const calling = { ...host, outgoing: createOutgoingRules({ allow: ['loopback'] }) };
      const download = (source: string, overwrite = false) =>
        act('File.downloadTo', { source, destination: 'down/a.txt', overwrite }, calling);
      await download(`${base}/a.txt?key=s3cret`);
      expect(text('down/a.txt')).toBe('content');
      await expect(download(`${base}/a.txt?key=s3cret`)).rejects.toThrow(/exists already/);
      await expect(download(`${base}/b.txt?key=s3cret`, true)).rejects.toThrow(/^http[^?]*b.txt answered 404/);
      expect(there('down/a.txt.part')).toEqual([false]);
      await download('down/a.txt', true);
      const again = { source: `${base}/a.txt?key=s3cret`, destination: 'b.txt' };
      await expect(act('File.downloadTo', again, host)).rejects.toThrow(/no calls over the network/);
    } finally {
      server.close();
    }
  });
});

describe('File conditions and iterator', () => {
  it.each([
    ['File.fileExists', 'a.txt', true],
    ['File.fileExists', '*.txt', true],
    ['File.fileExists', 'none*', false],
    ['File.fileExists', 'folder', false],
    ['File.fileNotExists', 'a.txt', false],
    ['File.fileNotExists', 'b.txt', true],
  ])('%s %s', (path, sourceFilePath, expected) => {
    write('a.txt');
    mkdirSync(at('folder'));
    expect(check(path, { sourceFilePath }, host)).toBe(expected);
  });

  it('waits for a file to come', async () => {
    const found = check('File.fileExists', { sourceFilePath: 'late.txt', waitTimeout: 10 }, host);
    expect(found).toBeInstanceOf(Promise);
    write('late.txt');
    expect(await found).toBe(true);
    expect(await check('File.fileExists', { sourceFilePath: 'never.txt', waitTimeout: 0.05 }, host)).toBe(false);
  });

  it('stops waiting when the run is stopped', async () => {
    const found = check('File.fileExists', { sourceFilePath: 'late.txt', waitTimeout: 600 }, host);
    host.stop();
    expect(await found).toBe(false);
  });

  it('compares size, date and extension', () => {
    write('a.TXT', 'x'.repeat(2048), '2024-02-01T12:00:00Z');
    expect(check('File.fileSize', { sourceFilePath: 'a.TXT', operator: 'EQ', fileSize: 2 }, host)).toBe(true);
    expect(check('File.fileSize', { sourceFilePath: 'a.TXT', operator: 'GT', fileSize: 0 }, host)).toBe(true);
    const fileDate = ZonedDateTime.parse('2024-02-01T13:00+01:00');
    expect(
      check('File.fileDate', { sourceFilePath: 'a.TXT', dateValue: 'Modified', operator: 'EQ', fileDate }, host),
    ).toBe(true);
    expect(check('File.hasExtension', { sourceFilePath: 'C:\\a.TXT', extensions: ['csv', '*.txt'] }, host)).toBe(true);
    expect(check('File.hasExtension', { sourceFilePath: 'a', operator: 'NOT_IN_SET', extensions: ['txt'] }, host)).toBe(
      true,
    );
    expect(() => check('File.fileSize', { sourceFilePath: 'none' }, host)).toThrow(/it is not there/);
  });

  it('gives name and extension of each file', async () => {
    write('in/b.tar.gz');
    write('in/a.txt');
    write('in/.profile');
    mkdirSync(at('in/folder'));
    expect(await loop('File.loop.iterators.files', { folderPath: 'in' }, host)).toEqual([
      new Map([
        ['name', '.profile'],
        ['extension', ''],
      ]),
      new Map([
        ['name', 'a'],
        ['extension', 'txt'],
      ]),
      new Map([
        ['name', 'b.tar'],
        ['extension', 'gz'],
      ]),
    ]);
    expect(await loop('Folder.loop.iterators.folder', { folderPath: 'in' }, host)).toEqual(['folder']);
    await expect(loop('File.loop.iterators.files', { folderPath: 'none' }, host)).rejects.toThrow(/it is not there/);
  });
});

describe('Folder', () => {
  it('is made once, or emptied when told', () => {
    act('Folder.createFolder', { folderPath: 'a/b' }, host);
    write('a/b/x.txt');
    expect(() => act('Folder.createFolder', { folderPath: 'a/b' }, host)).toThrow(/exists already/);
    act('Folder.createFolder', { folderPath: 'a/b', isOverwrite: true }, host);
    expect(there('a/b', 'a/b/x.txt')).toEqual([true, false]);
  });

  it('is copied with all in it, or what the filters choose', async () => {
    write('in/a.txt', 'A');
    write('in/sub/b.txt', 'x'.repeat(3000));
    await act('Folder.copyFolder', { sourceFolderPath: 'in', destinationFolderPath: 'out' }, host);
    await act(
      'Folder.copyFolder',
      { sourceFolderPath: 'in', destinationFolderPath: 'big', isSize: true, size: 2 },
      host,
    );
    expect(there('out/a.txt', 'out/sub/b.txt', 'big/a.txt', 'big/sub/b.txt')).toEqual([true, true, false, true]);
    await expect(
      act('Folder.copyFolder', { sourceFolderPath: 'in', destinationFolderPath: 'in/x' }, host),
    ).rejects.toThrow(/into itself/);
    await expect(
      act('Folder.copyFolder', { sourceFolderPath: 'none', destinationFolderPath: 'x' }, host),
    ).rejects.toThrow(/not there/);
  });

  it('is deleted, what a link in it points to is not', () => {
    write('keep/x.txt');
    write('gone/sub/y.txt');
    symlinkSync(at('keep'), at('gone/link'));
    act('Folder.deleteFolder', { folderPath: 'gone' }, host);
    expect(there('gone', 'keep/x.txt')).toEqual([false, true]);
  });

  it.each([
    ['the root', '/'],
    ['the home folder', homedir()],
    ['what holds the run', '..'],
    ['the folder of the run', '.'],
  ])('refuses to delete %s', (_what, folderPath) => {
    expect(() => act('Folder.deleteFolder', { folderPath }, host)).toThrow(/too high up/);
    expect(() => act('Folder.createFolder', { folderPath, isOverwrite: true }, host)).toThrow(/too high up/);
    expect(statSync(host.folder).isDirectory()).toBe(true);
  });

  it('is asked for', () => {
    mkdirSync(at('a'));
    write('file');
    expect(check('Folder.folderExists', { folderPath: 'a' }, host)).toBe(true);
    expect(check('Folder.folderExists', { folderPath: 'file' }, host)).toBe(false);
    expect(check('Folder.folderDoesNotExists', { folderPath: 'b' }, host)).toBe(true);
  });
});
