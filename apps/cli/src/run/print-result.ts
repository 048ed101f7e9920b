import { listBot, printListing } from '@signalbox/importers';
import {
  type BotDocument,
  BotRecord,
  BotTable,
  type BotValue,
  printTypedValue,
  type RunError,
  type RunResult,
  toJson,
  toText,
} from '@signalbox/taskbot';
import { style, widthOf } from '../terminal/style.ts';
import { visible } from '../terminal/visible.ts';
import { columns, count, duration } from '../terminal/words.ts';

const LINES_AROUND = 3;
const MOST_ROWS = 20;
const LONGEST_CELL = 60;

/** The outputs for people: a line each, tables as tables. */
export function printOutputs(outputs: ReadonlyMap<string, BotValue>, stream: NodeJS.WriteStream): string {
  const rows = Array.from(outputs, ([name, value]) => [
    style(stream, 'bold', name),
    stream.isTTY ? visible(readable(value)) : readable(value),
  ]);
  return rows.length === 0 ? '' : `${columns(rows, '')}\n`;
}

function readable(value: BotValue): string {
  if (value instanceof BotTable) return `${count(value.rows.length, 'row')}${tableText(value)}`;
  if (value instanceof BotRecord || value instanceof Map || Array.isArray(value)) {
    return JSON.stringify(toJson(value), null, 1).replaceAll(/\n\s*/g, ' ');
  }
  return toText(value);
}

function tableText({ columns: heads, rows }: BotTable): string {
  const cell = (value: BotValue): string => {
    const text = toText(value).replaceAll(/\s+/g, ' ');
    return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text;
  };
  const shown = rows.slice(0, MOST_ROWS).map((row) => heads.map((_, at) => cell(row[at] ?? null)));
  const more = rows.length > MOST_ROWS ? `\n  … ${rows.length - MOST_ROWS} more` : '';
  return `\n${columns([heads.map(({ name }, at) => name || String(at)), ...shown])}${more}`;
}

/** The result for programs: outputs as typed values, as the API answers them. */
export function resultJson(result: RunResult, document: BotDocument, milliseconds: number): object {
  const typeOf = new Map(document.variables.map(({ name, type }) => [name, type]));
  return {
    outcome: result.outcome,
    outputs: Object.fromEntries(
      Array.from(result.outputs, ([name, value]) => [name, printTypedValue(value, typeOf.get(name))]),
    ),
    ...(result.error === undefined ? {} : { error: result.error }),
    steps: result.steps,
    milliseconds: Math.round(milliseconds),
  };
}

/** What went wrong, where, and the lines around it. */
export function printFailure(
  error: RunError,
  document: BotDocument | undefined,
  about: { readonly botPath: string; readonly steps: number; readonly milliseconds: number },
  stream: NodeJS.WriteStream,
): string {
  const inOther = error.botPath.toLowerCase() === about.botPath.toLowerCase() ? '' : ` of ${error.botPath}`;
  const where = error.line === 0 ? ' before the first line' : ` at line ${error.line}${inOther}`;
  const word = error.reason === 'stopped' ? 'Stopped' : 'Failed';
  const head = style(stream, error.reason === 'stopped' ? 'yellow' : 'red', `${word}${where}`);
  const after = `after ${count(about.steps, 'step')}, ${duration(about.milliseconds)}`;
  return `${head} ${after}\n  ${visible(error.message)}${hintFor(error.message)}\n${linesAround(error.line, document, stream)}`;
}

function linesAround(line: number, document: BotDocument | undefined, stream: NodeJS.WriteStream): string {
  if (document === undefined || line === 0) return '';
  const width = widthOf(stream);
  const listing = printListing(listBot(document), {
    from: Math.max(1, line - LINES_AROUND),
    to: line + LINES_AROUND,
    mark: line,
    ...(width === undefined ? {} : { width: width - 2 }),
  });
  return `\n${listing.replaceAll(/^/gm, '  ')}\n`;
}

/** What an administrator does on a server, an option does here. */
function hintFor(message: string): string {
  const found = /is a (\w+) address, and the administrator has not opened/.exec(message);
  return found === null ? '' : `\n  Here, --allow opens them: --allow public,private,loopback`;
}
