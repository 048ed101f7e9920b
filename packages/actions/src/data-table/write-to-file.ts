import { existsSync } from 'node:fs';
import { EOL } from 'node:os';
import { dirname } from 'node:path';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { appendText, overwriteText } from '../support/append.ts';
import { delimiterOf, writeDelimited } from '../support/delimited.ts';
import { devicePath } from '../support/device-path.ts';
import { ENCODINGS } from '../support/encoding.ts';
import { asText } from '../support/text.ts';

/** Rows only, as the vendor writes them [inferred]; `withHeader` is our addition. */
export const writeToFile = action({
  package: 'DataTable',
  name: 'writeToFile',
  summary: 'Writes the rows of a table to a delimited file.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    sourceTable: attribute.table({ required: true, alias: ['table'] }),
    filePath: attribute.file({ required: true }),
    createDirectories: attribute.flag({ fallback: true }),
    appendToExistingFile: attribute.choice(['append', 'overwrite']),
    rowDelimiter: attribute.choice(['NEW_LINE', 'CUSTOM']),
    customRowDelimiter: attribute.text(),
    columnDelimiter: attribute.text({ fallback: 'COMMA' }),
    customColumnDelimiter: attribute.text({ alias: ['customDelimiter'] }),
    encoding: attribute.choice(ENCODINGS),
    withHeader: attribute.flag(),
  },
  run: (input, host) => {
    const path = devicePath(input.filePath, host);
    if (!input.createDirectories && !existsSync(dirname(path))) {
      throw new BotError(
        `The folder "${dirname(path)}" is not there. Create it, or allow the action to create folders.`,
      );
    }
    const rows = input.sourceTable.rows.map((row) => row.map(asText));
    if (input.withHeader) rows.unshift(input.sourceTable.columns.map((column) => column.name));
    const lineEnd = input.rowDelimiter === 'CUSTOM' && input.customRowDelimiter !== '' ? input.customRowDelimiter : EOL;
    const text = writeDelimited(rows, delimiterOf(input.columnDelimiter, input.customColumnDelimiter), lineEnd);
    if (input.appendToExistingFile === 'append') appendText(path, text, input.encoding);
    else overwriteText(path, text, input.encoding);
    return undefined;
  },
});
