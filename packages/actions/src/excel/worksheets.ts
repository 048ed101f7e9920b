import { action, attribute, BotError } from '@signalbox/taskbot';
import { type ExcelPackage, type ExcelSession, excelOf } from './excel-session.ts';

const common = { runsOn: 'device', since: '0.2.0' } as const;
const session = attribute.any({ alias: ['sessionName'] });

/** Positions of sheets count from 1 [inferred]. */
const chosenSheet = (
  excel: ExcelSession,
  choice: { sheetOption: 'BYNAME' | 'BYINDEX'; sheetName: string; sheetIndex: number | undefined },
): string => {
  if (choice.sheetOption === 'BYNAME') return choice.sheetName;
  const names = excel.sheetNames;
  const name = names[(choice.sheetIndex ?? 0) - 1];
  if (name !== undefined) return name;
  throw new BotError(
    `Expected the position of a sheet, from 1 to ${names.length}, but got ${choice.sheetIndex ?? 'none'}.`,
  );
};

const choice = {
  sheetOption: attribute.choice(['BYNAME', 'BYINDEX'], { alias: ['sheetSelection', 'openSheetBy'] }),
  sheetName: attribute.text({ alias: ['sheetByName'] }),
  sheetIndex: attribute.number({ alias: ['sheetByIndex'] }),
};

export const switchToSheet = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'SwitchToSheet',
    summary: 'Makes a sheet the active one.',
    attributes: { session, ...choice },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      excel.switchTo(chosenSheet(excel, input));
      return undefined;
    },
  });

export const getCurrentWorksheetName = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'GetCurrentWorksheetName',
    summary: 'The name of the active sheet.',
    attributes: { session },
    returns: 'STRING',
    run: (input, host) => excelOf(name, input.session, host).sheetName,
  });

export const getWorksheetNames = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'GetWorksheetNames',
    summary: 'The names of all sheets.',
    attributes: { session },
    returns: 'LIST',
    run: (input, host) => excelOf(name, input.session, host).sheetNames,
  });

export const getWorksheetsCount = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'GetWorksheetsCount',
    alias: ['getNumberOfWorksheets'],
    summary: 'How many sheets the workbook has.',
    attributes: { session },
    returns: 'NUMBER',
    run: (input, host) => excelOf(name, input.session, host).sheetNames.length,
  });

export const createWorksheet = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'CreateWorksheet',
    alias: ['appendWorksheet'],
    summary: 'Adds an empty sheet after the others.',
    attributes: {
      session,
      sheetName: attribute.text({ alias: ['sheetByName', 'worksheetName', 'newSheetName', 'name'] }),
      sheetOption: attribute.choice(['BYNAME', 'BYINDEX']),
    },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      excel.requireWritable();
      excel.workbook.addSheet(input.sheetName === '' ? freeName(excel) : input.sheetName);
      return undefined;
    },
  });

const freeName = (excel: ExcelSession): string => {
  const taken = new Set(excel.workbook.sheets.map((sheet) => sheet.name.toLowerCase()));
  let number = taken.size + 1;
  while (taken.has(`sheet${number}`)) number += 1;
  return `Sheet${number}`;
};

export const renameWorksheet = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'renameWorksheet',
    summary: 'Gives a sheet another name.',
    attributes: {
      session,
      ...choice,
      newSheetName: attribute.text({ required: true, alias: ['newName', 'renameTo'] }),
    },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      excel.requireWritable();
      const unnamed = input.sheetOption === 'BYNAME' && input.sheetName === '';
      const from = unnamed ? excel.sheetName : chosenSheet(excel, input);
      excel.workbook.renameSheet(from, input.newSheetName);
      if (excel.sheetName.toLowerCase() === from.trim().toLowerCase()) excel.sheetName = input.newSheetName;
      return undefined;
    },
  });

export const deleteWorksheet = (name: ExcelPackage) =>
  action({
    ...common,
    package: name,
    name: 'deleteWorksheet',
    summary: 'Deletes a sheet. Formulas that meant it become #REF!.',
    attributes: { session, ...choice },
    run: (input, host) => {
      const excel = excelOf(name, input.session, host);
      excel.requireWritable();
      const gone = chosenSheet(excel, input);
      excel.workbook.deleteSheet(gone);
      if (excel.sheetName.toLowerCase() === gone.trim().toLowerCase()) excel.switchTo(excel.workbook.activeName);
      return undefined;
    },
  });
