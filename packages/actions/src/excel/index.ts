import type { Declaration } from '@signalbox/taskbot';
import {
  deleteCells,
  excelIterator,
  getCellFormula,
  getMultipleCells,
  getSingleCell,
  goToCell,
  setCell,
} from './cells.ts';
import type { ExcelPackage } from './excel-session.ts';
import { find, replace } from './find-replace.ts';
import { needsExcel } from './needs-excel.ts';
import {
  appendTable,
  findNextEmptyCell,
  getNumberOfColumns,
  getNumberOfRows,
  getSingleColumnName,
  getSingleRowNumber,
  insertDeleteRowColumn,
  selectRange,
  writeDataTable,
} from './rows-and-columns.ts';
import { closeSpreadsheet, createSpreadsheet, openSpreadsheet, saveSpreadsheet } from './spreadsheet-file.ts';
import {
  createWorksheet,
  deleteWorksheet,
  getCurrentWorksheetName,
  getWorksheetNames,
  getWorksheetsCount,
  renameWorksheet,
  switchToSheet,
} from './worksheets.ts';

const commands = [
  appendTable,
  closeSpreadsheet,
  createSpreadsheet,
  createWorksheet,
  deleteCells,
  deleteWorksheet,
  excelIterator,
  find,
  findNextEmptyCell,
  getCellFormula,
  getCurrentWorksheetName,
  getMultipleCells,
  getNumberOfColumns,
  getNumberOfRows,
  getSingleCell,
  getSingleColumnName,
  getSingleRowNumber,
  getWorksheetNames,
  getWorksheetsCount,
  goToCell,
  insertDeleteRowColumn,
  openSpreadsheet,
  renameWorksheet,
  replace,
  saveSpreadsheet,
  selectRange,
  setCell,
  switchToSheet,
  writeDataTable,
];

const packageOf = (name: ExcelPackage): Declaration[] => [
  ...commands.map((command) => command(name)),
  ...needsExcel(name),
];

/** One implementation under both of the vendor's names: bots differ only in which they were written for. */
export const excelPackage: readonly Declaration[] = [...packageOf('Excel'), ...packageOf('Excel_MS')];
