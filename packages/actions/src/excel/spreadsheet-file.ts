import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { action, attribute, BotError, BotSession, type Host } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';
import { revealed } from '../support/secret.ts';
import { closeSession, keepSession } from '../support/session.ts';
import { type ExcelPackage, ExcelSession, excelOf } from './excel-session.ts';
import { tableRows } from './rows.ts';

/** Loaded with the first workbook: most bots never open one, and workers load the whole catalogue when they start. */
const reader = () => import('./read-workbook.ts');

/** The workbook is read into memory; the file is free for others until it is saved. */
export const openSpreadsheet = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'OpenSpreadsheet',
    summary: 'Opens a workbook (.xlsx, .xlsm, .csv; .xls, .xlsb and .ods for reading).',
    runsOn: 'device',
    since: '0.2.0',
    attributes: {
      session: attribute.any({ alias: ['sessionName'] }),
      filePath: attribute.file({ required: true }),
      containsHeader: attribute.flag(),
      isSpecificSheet: attribute.flag(),
      sheetName: attribute.text(),
      fileAccessMode: attribute.choice(['EDIT', 'READ_ONLY']),
      isSecure: attribute.flag(),
      secureToRead: attribute.credential(),
      secureToEdit: attribute.credential(),
      loadAddIns: attribute.flag({ note: 'Add-ins belong to desktop Excel; none are loaded.' }),
      excludeHiddenSheets: attribute.flag({ note: 'Counts and positions of sheets leave hidden ones out.' }),
    },
    returns: 'SESSION',
    run: async (input, host) => {
      if (input.isSecure && revealed(input.secureToRead) !== '') {
        throw new BotError('Workbooks with a password to open them cannot be read here. Save the file without one.');
      }
      const path = devicePath(input.filePath, host);
      const { loadNumberFormatter, readWorkbook } = await reader();
      const { workbook, kind } = await readWorkbook(path);
      const content = new ExcelSession(
        workbook,
        {
          path,
          kind,
          readOnly: input.fileAccessMode === 'READ_ONLY',
          containsHeader: input.containsHeader,
          excludeHidden: input.excludeHiddenSheets,
        },
        await loadNumberFormatter(),
      );
      if (input.isSpecificSheet && input.sheetName !== '') content.switchTo(input.sheetName);
      return keepSession(name, input.session, new BotSession(name, content), host);
    },
  });

export const createSpreadsheet = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'CreateSpreadsheet',
    summary: 'Makes a new workbook and opens it.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: {
      session: attribute.any({ alias: ['sessionName'] }),
      filePath: attribute.file({ required: true }),
      sheetName: attribute.text({ alias: ['defaultSheetName'], note: '[inferred]' }),
      overwrite: attribute.flag({ alias: ['isOverwrite', 'overwriteFile'], note: '[inferred]' }),
      password: attribute.credential({ alias: ['secureToRead', 'secureToEdit'], note: 'Not supported.' }),
    },
    returns: 'SESSION',
    run: async (input, host) => {
      const path = devicePath(input.filePath, host);
      if (revealed(input.password) !== '') {
        throw new BotError('Workbooks cannot be protected by a password here. Create it without one.');
      }
      if (!/\.xlsx$/i.test(path)) {
        throw new BotError(`Expected the name of an .xlsx file, but got "${path}". Only .xlsx can be created here.`);
      }
      if (existsSync(path) && !input.overwrite) {
        throw new BotError(`"${path}" exists already. Allow overwriting, or choose another name.`);
      }
      const { blankWorkbook, loadNumberFormatter, replaceFile } = await reader();
      const workbook = blankWorkbook(input.sheetName === '' ? 'Sheet1' : input.sheetName);
      fileWork('create', path, () => mkdirSync(dirname(path), { recursive: true }));
      replaceFile(path, await workbook.toBytes());
      const content = new ExcelSession(
        workbook,
        { path, kind: 'xlsx', readOnly: false, containsHeader: false, excludeHidden: false },
        await loadNumberFormatter(),
      );
      return keepSession(name, input.session, new BotSession(name, content), host);
    },
  });

const save = async (excel: ExcelSession, host: Host): Promise<void> => {
  excel.requireWritable();
  const { saveWorkbook } = await reader();
  await saveWorkbook(excel.workbook, excel.file, () => tableRows(excel, 'READ_CELL_TEXT', host));
};

export const saveSpreadsheet = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'SaveSpreadSheet',
    summary: 'Saves the workbook over its file.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: { session: attribute.any({ alias: ['sessionName'] }) },
    run: async (input, host) => {
      await save(excelOf(name, input.session, host), host);
      return undefined;
    },
  });

export const closeSpreadsheet = (name: ExcelPackage) =>
  action({
    package: name,
    name: 'CloseSpreadsheet',
    summary: 'Closes the workbook, saved if asked.',
    runsOn: 'device',
    since: '0.2.0',
    attributes: { session: attribute.any({ alias: ['sessionName'] }), isSave: attribute.flag() },
    run: async (input, host) => {
      const excel = excelOf(name, input.session, host);
      if (input.isSave && (excel.workbook.changed || !excel.file.readOnly)) await save(excel, host);
      return closeSession(name, input.session, host);
    },
  });
