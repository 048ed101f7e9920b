import { BotError } from '@signalbox/taskbot';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

/** The delimiter words of CsvTxt and DataTable.writeToFile. */
const DELIMITERS: Readonly<Record<string, string>> = {
  comma: ',',
  tab: '\t',
  semicolon: ';',
  semi_colon: ';',
  pipe: '|',
  space: ' ',
  newline: '\n',
  new_line: '\n',
};

/** A delimiter given as a word (`comma`) or as itself (`;`); `custom` takes the text beside it. */
export const delimiterOf = (word: string, custom: string): string => {
  const named = DELIMITERS[word.toLowerCase()];
  if (named !== undefined) return named;
  const literal = /^(custom|other|regularexpression)$/i.test(word) ? custom : word;
  if (literal.length >= 1 && literal.length <= 8) return literal;
  throw new BotError(
    `Expected a delimiter: one of ${Object.keys(DELIMITERS).join(', ')} or a character of its own, but got "${word}".`,
  );
};

/** Rows of texts. Quotes may hold delimiters and line ends; uneven rows are kept as they come. */
export const readDelimited = (
  text: string,
  delimiter: string,
  trim: { readonly leading: boolean; readonly trailing: boolean },
): string[][] => {
  if (text === '') return [];
  if (delimiter === '\n') return splitLines(text).map((line) => [trimmed(line, trim)]);
  try {
    return parse(text, {
      delimiter,
      ltrim: trim.leading,
      rtrim: trim.trailing,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BotError(`The file cannot be read as rows: ${why}. Check its delimiter and its quotes.`, { cause });
  }
};

export const writeDelimited = (rows: readonly (readonly string[])[], delimiter: string, lineEnd: string): string =>
  delimiter === '\n'
    ? rows.map((row) => `${row.join('\n')}${lineEnd}`).join('')
    : stringify([...rows], { delimiter, record_delimiter: lineEnd });

const splitLines = (text: string): string[] => text.replace(/\r?\n$/, '').split(/\r?\n/);

const trimmed = (line: string, trim: { readonly leading: boolean; readonly trailing: boolean }): string => {
  const left = trim.leading ? line.trimStart() : line;
  return trim.trailing ? left.trimEnd() : left;
};
