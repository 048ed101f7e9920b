import { parseArgs } from 'node:util';
import { listBot, printListing } from '@signalbox/importers';
import { chooseBot, openBots } from '../bots/open-bots.ts';
import { type Command, type ExitCode, type Terminal, UsageError } from '../command.ts';
import { widthOf } from '../terminal/style.ts';

const help = `signalbox print <file | folder | zip | -> [options]

Shows a bot as text: a line for each line of the editor, in its numbering, with the main attributes. What is switched off
is marked "off:". Passwords and tokens are shown as asterisks.

  --bot <path>        which bot, when there are several; the end of its path is enough
  --lines <from-to>   only these lines, such as 10-20
  --json              line, depth, disabled and text of each line as JSON

  signalbox print samples/zip-code/bot.json
`;

export const printCommand: Command = { help, run };

async function run(args: readonly string[], { stdout, stdin }: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { bot: { type: 'string' }, lines: { type: 'string' }, json: { type: 'boolean' } },
  });
  const [from, more] = positionals;
  if (from === undefined || more !== undefined) throw new UsageError('Expected one file, folder, zip, or -');
  const range = readRange(values.lines);
  const bots = await openBots(from, stdin);
  try {
    const bot = chooseBot(bots, values.bot);
    const document = await bots.resolve(bot.path);
    if (document === undefined) throw new Error(`${bot.sourcePath} is not there any more`);
    const lines = listBot(document);
    const { from: first = 1, to: last = Number.POSITIVE_INFINITY } = range;
    if (values.json) {
      stdout.write(
        `${JSON.stringify(
          lines.filter(({ line }) => line >= first && line <= last),
          null,
          2,
        )}\n`,
      );
    } else {
      const width = widthOf(stdout);
      stdout.write(`${printListing(lines, { ...range, ...(width === undefined ? {} : { width }) })}\n`);
    }
    return 0;
  } finally {
    bots.opened.close();
  }
}

function readRange(text: string | undefined): { readonly from?: number; readonly to?: number } {
  if (text === undefined) return {};
  const found = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(text);
  if (found === null) throw new UsageError(`Expected --lines as 12 or 10-20, but got "${text}"`);
  return { from: Number(found[1]), to: Number(found[2] ?? found[1]) };
}
