import { type Declaration, refusedAction } from '@signalbox/taskbot';
import type { ExcelPackage } from './excel-session.ts';

/** Commands that only the program itself can carry out, with what would do instead. */
const NEEDS: Readonly<Record<string, string>> = {
  RunMacro:
    'Macros run in desktop Excel only. Put their work into the bot, or run it with an office program and a script.',
  ConvertToPDF: 'Pages are laid out by desktop Excel. Convert the file with an office program instead.',
  FilterTable:
    'Table filters belong to the view of desktop Excel. Use a loop with a condition, or a Database connection to the workbook.',
  SortTable: 'Tables are sorted by desktop Excel. Read the rows into a table and use "Data Table: Sort".',
  RefreshPivotTable: 'Pivot tables are computed by desktop Excel.',
  SetPassword: 'Protection by a password is set by desktop Excel.',
};

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  SortTable: ['SortTableV2'],
  ConvertToPDF: ['ConvertExcelToPDF'],
};

export const needsExcel = (name: ExcelPackage): Declaration[] =>
  Object.entries(NEEDS).map(([command, why]) =>
    refusedAction({
      package: name,
      name: command,
      alias: ALIASES[command] ?? [],
      summary: 'Needs desktop Excel: refused, with what to do instead.',
      runsOn: 'device',
      since: '0.2.0',
      refused: `It needs desktop Excel, and robots here work on the files themselves. ${why}`,
    }),
  );
