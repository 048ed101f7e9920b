import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PDFDocument } from '@cantoo/pdf-lib';
import { BotCredential } from '@signalbox/taskbot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act, removeFolder, type TestHost, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = testHost();
});
afterEach(() => removeFolder(host));

type Input = Parameters<typeof act>[1];
const at = (name: string) => join(host.folder, name);
const pdf = async (command: string, input: Input = {}) => act(`PDF.${command}`, input, host);
const make = async (name: string, pages: string[], password = '') => {
  const document = await PDFDocument.create();
  document.setTitle('Invoices');
  for (const text of pages) {
    const page = document.addPage([300, 200]);
    page.drawText(text, { x: 20, y: 150, size: 12 });
    page.drawText('Total', { x: 20, y: 100, size: 12 });
    page.drawText('12.50', { x: 200, y: 100, size: 12 });
  }
  if (password !== '') document.encrypt({ userPassword: password, ownerPassword: 'owner' });
  writeFileSync(at(name), await document.save());
};
const text = (input: Input) => pdf('extractText', { filePath: 'a.pdf', ...input });

describe('PDF', () => {
  it('gives the text of all pages or of some', async () => {
    await make('a.pdf', ['one', 'two', 'three']);
    expect(await text({})).toMatch(/one\s+Total.*12\.50\s+two\s+Total.*12\.50\s+three/s);
    expect(await text({ pageRange: '2-' })).not.toContain('one');
    await expect(text({ pageRange: '2-9' })).rejects.toThrow(/of the 3 there are, but got "2-9"/);
  });

  it('keeps the layout when asked', async () => {
    await make('a.pdf', ['one']);
    expect(await text({ textType: 'STRUCTURED' })).toMatch(/^one\nTotal {10,}12\.50$/);
  });

  it('writes the text to a file, over another only when told', async () => {
    await make('a.pdf', ['one']);
    const first = await text({ outputFilePath: 'out.txt' });
    expect(readFileSync(at('out.txt'), 'utf8')).toBe(first);
    await expect(text({ outputFilePath: 'out.txt' })).rejects.toThrow(/exists already/);
    await text({ outputFilePath: 'out.txt', overwrite: true });
  });

  it('splits and puts together again', async () => {
    await make('a.pdf', ['one', 'two', 'three']);
    const parts = await pdf('splitDocument', { filePath: 'a.pdf', numberOfPages: 2, outputFolderPath: 'parts' });
    expect(parts).toEqual([at('parts/a_1.pdf'), at('parts/a_2.pdf')]);
    expect(await pdf('getPageCount', { filePath: 'parts/a_1.pdf' })).toBe(2);
    await pdf('mergeDocuments', { filePaths: ['parts/a_2.pdf', 'parts/a_1.pdf'], outputFilePath: 'b.pdf' });
    expect(await text({ filePath: 'b.pdf' })).toMatch(/three.*one.*two/s);
    const chosen = { filePath: 'a.pdf', splitOption: 'SELECTED_PAGES', pageRange: '3,1', outputFolderPath: 'c' };
    expect(await pdf('splitDocument', chosen)).toEqual([at('c/a.pdf')]);
    expect(await text({ filePath: 'c/a.pdf' })).toMatch(/three.*one/s);
    await expect(pdf('splitDocument', chosen)).rejects.toThrow(/exists already/);
  });

  it('tells what the document says of itself', async () => {
    await make('a.pdf', ['one', 'two']);
    const properties = await pdf('getProperty', { filePath: 'a.pdf' });
    expect(properties instanceof Map && [properties.get('title'), properties.get('numberOfPages')]).toEqual([
      'Invoices',
      2,
    ]);
  });

  it('opens what is protected with its password, and only so', async () => {
    await make('a.pdf', ['one'], 'hunter2');
    const userPassword = new BotCredential(() => 'hunter2');
    await expect(text({})).rejects.toThrow(/protected by a password/);
    expect(await text({ userPassword })).toContain('one');
    await expect(pdf('getPageCount', { filePath: 'a.pdf' })).rejects.toThrow(/protected by a password/);
    expect(await pdf('getPageCount', { filePath: 'a.pdf', userPassword })).toBe(1);
    const failed: unknown = await text({ userPassword: 'wrong-secret' }).catch((error: unknown) => error);
    expect(String(failed)).toMatch(/protected by a password/);
    expect(String(failed)).not.toContain('wrong-secret');
  });

  it('says when a file is no document', async () => {
    writeFileSync(at('a.pdf'), 'hello');
    await expect(text({})).rejects.toThrow(/is not a PDF document/);
    await expect(pdf('getProperty', { filePath: 'a.pdf' })).rejects.toThrow(/is not a PDF document/);
    await expect(text({ filePath: 'none.pdf' })).rejects.toThrow(/not there/);
    expect(existsSync(at('none.pdf'))).toBe(false);
  });
});

describe('Prompt', () => {
  it.each(['ForValue', 'ForFile', 'forFolder', 'ForYesNo'])('%s says that nobody is there', (name) => {
    expect(() => act(`Prompt.${name}`, {}, host)).toThrow(/nobody to ask/);
  });
});
