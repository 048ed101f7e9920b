import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, utils, write } from '@e965/xlsx';
import { BotTable } from '@signalbox/taskbot';
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carried, moved, renamed } from '../src/excel/references.ts';
import { act, loop, removeFolder, type TestHost, table, testHost } from './support.ts';
import { FOREIGN, workbookBytes, zip } from './workbook-fixture.ts';

let host: TestHost;
beforeEach(() => {
  host = testHost();
});
afterEach(() => removeFolder(host));

type Input = Parameters<typeof act>[1];
const at = (name: string) => join(host.folder, name);
const excel = (command: string, input: Input = {}) => act(`Excel_MS.${command}`, { session: 'x', ...input }, host);
const open = async (more: Input = {}) => {
  writeFileSync(at('orders.xlsx'), workbookBytes());
  return excel('OpenSpreadsheet', { filePath: 'orders.xlsx', ...more });
};
const close = () => excel('CloseSpreadsheet', { isSave: true });
const parts = (name = 'orders.xlsx') => unzipSync(readFileSync(at(name)));
const part = (path: string) => Buffer.from(parts()[path] ?? []).toString();
/** The saved file as somebody else's library reads it. */
const saved = (sheet: string, name = 'orders.xlsx') => {
  const worksheet = read(readFileSync(at(name)), { cellFormula: true }).Sheets[sheet];
  if (worksheet === undefined) throw new Error(`no sheet ${sheet}`);
  return worksheet;
};
const cell = (name: string, readOption = 'READ_CELL_TEXT') => excel('GetSingleCell', { cell: name, readOption });
const rowsOf = (value: unknown) => {
  if (value instanceof BotTable) return { names: value.columns.map((column) => column.name), rows: value.rows };
  throw new Error('no table');
};

describe('reading a workbook', () => {
  it('shows cells as Excel does, or gives what lies in the file', async () => {
    await open();
    expect(['A2', 'B2', 'C2', 'D2', 'C4', 'Z99'].map((name) => cell(name))).toEqual([
      'Pens',
      '€ 1,234.50',
      '2/5/2024',
      '2569',
      'TRUE',
      '',
    ]);
    expect([cell('B2', 'READ_CELL_VALUE'), cell('C2', 'READ_CELL_VALUE')]).toEqual(['1234.5', '45327']);
  });

  it('gives rows as a table, the header as names', async () => {
    await open({ containsHeader: true });
    expect(rowsOf(excel('GetMultipleCells'))).toEqual({
      names: ['Item', 'Amount', 'Due', 'Double'],
      rows: [
        ['Pens', '€ 1,234.50', '2/5/2024', '2569'],
        ['Paper', '€ 20.00', '', '140'],
        ['Ink', '€ 100.00', 'TRUE', '300'],
      ],
    });
    const range = { loopSelection: 'CELL_RANGE', fromCell: 'A3', toCell: 'B4', readOption: 'READ_CELL_VALUE' };
    expect(rowsOf(excel('GetMultipleCells', range)).rows).toEqual([
      ['Paper', '20'],
      ['Ink', '100'],
    ]);
    const rows = await loop(
      'Excel_MS.loop.iterators.excel',
      { session: 'x', loopSelection: 'SPECIFIC_ROWS', fromRow: 3, toRow: 3 },
      host,
    );
    expect(rows).toMatchObject([{ values: ['Paper', '€ 20.00', '', '140'] }]);
  });

  it('calls columns by their letters when there is no header', async () => {
    await open();
    expect(rowsOf(excel('GetMultipleCells', { loopSelection: 'SPECIFIC_ROWS', toRow: 1 })).names).toEqual([
      'A',
      'B',
      'C',
      'D',
    ]);
  });

  it('is one under both package names, by session or by its name', async () => {
    const session = await open();
    expect(act('Excel.GetSingleCell', { session: session as never, cell: 'A2' }, host)).toBe('Pens');
    await close();
    expect(() => act('Excel.GetSingleCell', { session: session as never, cell: 'A2' }, host)).toThrow(/closed/);
  });

  it('reads CSV and the old formats, and saves only what it can', async () => {
    writeFileSync(at('a.csv'), 'a,b\r\n007,"x,y"\r\n');
    await excel('OpenSpreadsheet', { filePath: 'a.csv' });
    expect(cell('A2')).toBe('007');
    excel('SetCell', { cell: 'C2', value: '5' });
    await close();
    expect(readFileSync(at('a.csv'), 'utf8')).toBe('a,b,\r\n007,"x,y",5\r\n');

    const book = utils.book_new();
    utils.book_append_sheet(book, utils.aoa_to_sheet([['old', 1.5]]), 'S');
    writeFileSync(at('old.xls'), write(book, { type: 'buffer', bookType: 'biff8' }));
    await act('Excel.OpenSpreadsheet', { session: 'old', filePath: 'old.xls' }, host);
    expect(act('Excel.GetSingleCell', { session: 'old', cell: 'B1' }, host)).toBe('1.5');
    await expect(act('Excel.SaveSpreadSheet', { session: 'old' }, host)).rejects.toThrow(/can be read but not written/);
  });

  it('says what is wrong with a file', async () => {
    writeFileSync(at('not.xlsx'), 'PK\u0003\u0004 no');
    await expect(excel('OpenSpreadsheet', { filePath: 'not.xlsx' })).rejects.toThrow(/damaged/);
    writeFileSync(
      at('secret.xlsx'),
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.from('EncryptedPackage', 'utf16le')]),
    );
    await expect(excel('OpenSpreadsheet', { filePath: 'secret.xlsx' })).rejects.toThrow(/password/);
    await expect(excel('OpenSpreadsheet', { filePath: 'none.xlsx' })).rejects.toThrow(/not there/);
  });

  it('refuses a bomb by the sizes it declares, and document types', async () => {
    const bomb = Buffer.from(zip({ 'a.xml': 'x', 'b.xml': 'y' }));
    // The directory's entry says how much comes out of it: 24 bytes after its signature.
    bomb.writeUInt32LE(500 * 1024 * 1024, bomb.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1')) + 24);
    writeFileSync(at('bomb.xlsx'), bomb);
    await expect(excel('OpenSpreadsheet', { filePath: 'bomb.xlsx' })).rejects.toThrow(/too large/);
    writeFileSync(at('entities.xlsx'), zip({ '_rels/.rels': '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' }));
    await expect(excel('OpenSpreadsheet', { filePath: 'entities.xlsx' })).rejects.toThrow(/document type/);
  });
});

describe('changing a workbook', () => {
  it('leaves everything but the cell as it was', async () => {
    await open();
    const before = parts();
    excel('SetCell', { cell: 'B3', value: '21.5' });
    await close();
    for (const path of [...Object.keys(FOREIGN), 'xl/styles.xml', 'xl/sharedStrings.xml', 'xl/worksheets/sheet2.xml']) {
      expect(parts()[path], path).toEqual(before[path]);
    }
    const sheet = part('xl/worksheets/sheet1.xml');
    expect(sheet).toContain('<c r="B3" s="1"><v>21.5</v></c>');
    for (const kept of [
      '<mergeCell ref="A3:A4"/>',
      '<cfRule type="cellIs"',
      '<drawing r:id="rId1"/>',
      'width="17"',
      'ht="20"',
    ]) {
      expect(sheet).toContain(kept);
    }
    expect(saved('Orders').D4).toMatchObject({ f: 'B4*2+$B$4', v: 300 });
  });

  it('has formulas computed by the next program, and says when a result is older than the change', async () => {
    await open();
    excel('SetCell', { cell: 'B3', value: '1' });
    expect(cell('D3')).toBe('140');
    expect(host.lines).toEqual([expect.stringMatching(/^warn D3 has a formula/)]);
    excel('SetCell', { cell: 'E1', value: '=B2+1' });
    expect(() => cell('E1')).toThrow(/no result yet/);
    await close();
    expect(part('xl/workbook.xml')).toContain('fullCalcOnLoad="1"');
    expect(parts()['xl/calcChain.xml']).toBeUndefined();
    expect(part('[Content_Types].xml')).not.toContain('calcChain');
    expect(part('xl/worksheets/sheet1.xml')).toContain('<c r="E1"><f>B2+1</f></c>');
  });

  it.each([
    ['12', { t: 'n', v: 12 }],
    ['-0.5', { t: 'n', v: -0.5 }],
    ['007', { t: 's', v: '007' }],
    ['12345678901234567', { t: 's', v: '12345678901234567' }],
    ['true', { t: 'b', v: true }],
    [' a<b>&\n"c" ', { t: 's', v: ' a<b>&\n"c" ' }],
  ])('takes %j as Excel would', async (value, expected) => {
    await open();
    excel('SetCell', { cell: 'F6', value });
    await close();
    expect(saved('Orders').F6).toMatchObject(expected);
  });

  it('moves the active cell and writes there', async () => {
    await open();
    excel('GoToCell', { cell: 'B2' });
    excel('GoToCell', { cellOption: 'ActiveCell', selection: 'EndOfColumn' });
    expect(excel('GetSingleRowNumber', { activeCell: true })).toBe(4);
    excel('GoToCell', { cellOption: 'ActiveCell', selection: 'OneCellDown' });
    excel('SetCell', { cellOption: 'ACTIVE_CELL', value: 'x' });
    expect(cell('B5')).toBe('x');
    excel('SelectRowColumnCellRange', {
      selection: 'Column',
      columnSelection: 'specificcolumn',
      specificColumnName: 'C',
    });
    expect(excel('GetSingleColumnName')).toBe('C');
    expect(excel('FindNextEmptyCell', { cell: 'B1' })).toBe('B6');
  });

  it('lets formulas, names, merged cells and formats follow rows that come and go', async () => {
    await open();
    excel('InsertDeleteRowColumn', { rowOperationsRequested: true, insertRowSelected: true, insertRowNumber: 3 });
    await close();
    expect(saved('Orders').D4).toMatchObject({ f: 'B4*2+$B$5', v: 140 });
    expect(saved('Totals & more').A1?.f).toBe('SUM(Orders!B2:B5)');
    expect(part('xl/workbook.xml')).toContain('Orders!$B$2:$B$5');
    expect(part('xl/worksheets/sheet1.xml')).toContain('<mergeCell ref="A4:A5"/>');

    await act('Excel.OpenSpreadsheet', { session: 'y', filePath: 'orders.xlsx' }, host);
    act('Excel.InsertDeleteRowColumn', { session: 'y', insertRowSelected: false, deleteRowNumbers: '2:3' }, host);
    act('Excel.InsertDeleteRowColumn', { session: 'y', rowOperationsRequested: false, insertColumnNumber: 'A' }, host);
    await act('Excel.CloseSpreadsheet', { session: 'y', isSave: true }, host);
    expect(saved('Orders').E2).toMatchObject({ f: 'C2*2+$C$3' });
    expect(part('xl/worksheets/sheet1.xml')).toContain('<col min="3" max="3" width="17"');
  });

  it('deletes cells and closes up', async () => {
    await open();
    excel('DeleteCells', { cell: 'A2', deleteOption: 'ShiftCellsUp' });
    expect([cell('A2'), cell('A3'), cell('A4'), cell('B2')]).toEqual(['Paper', 'Ink', '', '€ 1,234.50']);
    excel('DeleteCells', { cell: 'A2', deleteOption: 'ShiftCellsLeft' });
    expect([cell('A2'), cell('B2')]).toEqual(['€ 1,234.50', '2/5/2024']);
    excel('DeleteCells', { cell: 'C1', deleteOption: 'EntireColumn' });
    expect(cell('C1')).toBe('Double');
  });

  it('finds and replaces', async () => {
    await open();
    expect(excel('find', { findText: 'p' })).toEqual(['A2', 'A3']);
    expect(excel('find', { findText: 'P', matchCase: true, from: 'SPECIFICCELL', fromSpecificCellText: 'A3' })).toEqual(
      ['A3'],
    );
    expect(excel('find', { findText: 'pen', matchEntireCell: true })).toEqual([]);
    expect(excel('Replace', { findText: 'P', replaceText: 'T' })).toBe(2);
    expect([cell('A2'), cell('A3')]).toEqual(['Tens', 'TaTer']);
  });

  it('works with sheets', async () => {
    await open({ excludeHiddenSheets: true });
    expect(excel('GetWorksheetNames')).toEqual(['Orders', 'Totals & more']);
    excel('CreateWorksheet', { sheetName: 'New' });
    excel('SwitchToSheet', { sheetOption: 'BYINDEX', sheetIndex: 3 });
    expect(excel('GetCurrentWorksheetName')).toBe('New');
    excel('writeDataTableToWorksheet', { tableObj: table(['a', 'b'], ['1', 'x'], ['2', 'y']), firstCellAddress: 'B2' });
    excel('appendTable', { tableObj: table(['a'], ['3']) });
    excel('renameWorksheet', { sheetName: 'orders', newSheetName: 'Old Orders' });
    expect(() => excel('renameWorksheet', { sheetName: 'New', newSheetName: 'a/b' })).toThrow(/cannot be the name/);
    expect(() => excel('SwitchToSheet', { sheetName: 'None' })).toThrow(/Its sheets are "Old Orders"/);
    await close();
    expect(utils.sheet_to_csv(saved('New')).trim()).toBe(',,\n,1,x\n,2,y\n3,,'.trim());
    expect(saved('Totals & more').A1?.f).toBe("SUM('Old Orders'!B2:B4)");
  });

  it('deletes a sheet with what meant it', async () => {
    await open();
    excel('deleteWorksheet', { sheetName: 'Orders' });
    expect(excel('GetCurrentWorksheetName')).toBe('Totals & more');
    expect(() => excel('deleteWorksheet', { sheetName: 'Totals & more' })).toThrow(/only visible/);
    await close();
    expect(saved('Totals & more').A1?.f).toBe('SUM(#REF!)');
  });

  it('makes new workbooks that others can read', async () => {
    await excel('CreateSpreadsheet', { filePath: 'new/a.xlsx', sheetName: 'Data' });
    excel('SetCell', { cell: 'A1', value: 'hello' });
    await close();
    expect(saved('Data', 'new/a.xlsx').A1?.v).toBe('hello');
    await expect(excel('CreateSpreadsheet', { filePath: 'new/a.xlsx' })).rejects.toThrow(/exists already/);
  });

  it('changes nothing when open for reading', async () => {
    await open({ fileAccessMode: 'READ_ONLY' });
    expect(() => excel('SetCell', { cell: 'A1', value: '1' })).toThrow(/reading only/);
  });
});

describe('references in formulas', () => {
  it.each([
    ['A1+$A$1&"A1"', 'B2+$A$1&"A1"'],
    ["SUM('My A1'!A1:B2,LOG10(C3))", "SUM('My A1'!B2:C3,LOG10(D4))"],
    ['A:A+1:1+Name1', 'B:B+2:2+Name1'],
    ['Sheet1!A1', 'Sheet1!B2'],
  ])('carries %s', (formula, expected) => {
    expect(carried(formula, 1, 1)).toBe(expected);
  });

  it.each([
    ['A5+B2', -1, 3, 'A4+B2'],
    ['SUM(A1:A9)', -2, 3, 'SUM(A1:A7)'],
    ['A3', -1, 3, '#REF!'],
    ['Other!A5', 1, 1, 'Other!A5'],
    ['S!A5', 1, 1, 'S!A6'],
    ['SUM(5:6)', 1, 6, 'SUM(5:7)'],
  ])('moves %s by %i at %i', (formula, count, place, expected) => {
    expect(moved(formula, 'S', true, { axis: 'row', at: place, count })).toBe(expected);
  });

  it('renames sheets in quotes, too', () => {
    expect(renamed("'it''s'!A1+Other!A1", "it's", 'x')).toBe("'x'!A1+Other!A1");
  });
});
