import { parseArgs } from 'node:util';
import type { ImportProblem } from '@signalbox/importers';
import { DocumentError } from '@signalbox/taskbot';
import { type Bots, openBots } from '../bots/open-bots.ts';
import { targetWord } from '../bots/target.ts';
import { type CheckedBot, checkBots, errorsIn } from '../check/check-bots.ts';
import { printProblems } from '../check/print-problems.ts';
import { type Command, type ExitCode, type Terminal, UsageError } from '../command.ts';
import { style } from '../terminal/style.ts';
import { visible } from '../terminal/visible.ts';
import { count } from '../terminal/words.ts';

const help = `signalbox check <file | folder | zip | -> [options]

Finds what keeps bots from running, without running them: commands that are not here, variables that do not exist,
values of the wrong type, called bots that are missing. Each problem with bot, editor line and code.

  --target <where>    api-task or device; else as the kind of file says, which is device for a file alone
  --json              the same as JSON, on standard output
  --quiet             nothing of bots that are well

Called bots are looked for in the export or folder, or around the file. Exit code 1 when there are errors; warnings are none.

  signalbox check export.zip
  signalbox check bots/ --target api-task --json
`;

export const checkCommand: Command = { help, run };

async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { target: { type: 'string' }, json: { type: 'boolean' }, quiet: { type: 'boolean' } },
  });
  const [from, more] = positionals;
  if (from === undefined || more !== undefined) throw new UsageError('Expected one file, folder, zip, or -');
  const { checked, unread } = await check(from, values.target, terminal);
  if (values.json) terminal.stdout.write(`${JSON.stringify(asJson(checked, unread), null, 2)}\n`);
  else print(checked, unread, values.quiet ?? false, terminal.stdout);
  return checked.some(({ problems }) => errorsIn(problems) > 0) || unread.some(isFailure) ? 1 : 0;
}

/** A single file that is no bot is a finding like any other. */
async function check(
  from: string,
  target: string | undefined,
  { stdin }: Terminal,
): Promise<{ readonly checked: readonly CheckedBot[]; readonly unread: readonly ImportProblem[] }> {
  let bots: Bots;
  try {
    bots = await openBots(from, stdin);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return { checked: [], unread: [{ path: from, code: 'unreadable-bot', message: error.message }] };
  }
  try {
    if (bots.opened.bots.length + bots.opened.problems.length === 0) {
      throw new UsageError(`Expected bots in ${from}, but there are none`);
    }
    return { checked: await checkBots(bots, target), unread: bots.opened.problems };
  } finally {
    bots.opened.close();
  }
}

const isFailure = ({ code }: ImportProblem): boolean => code === 'unreadable-bot' || code === 'unreadable-file';

function print(
  checked: readonly CheckedBot[],
  unread: readonly ImportProblem[],
  quiet: boolean,
  stdout: NodeJS.WriteStream,
): void {
  for (const { path, problems, lines } of checked) {
    if (problems.length > 0)
      stdout.write(`${style(stdout, 'bold', path)}\n${printProblems(problems, path, stdout)}\n\n`);
    else if (!quiet)
      stdout.write(`${style(stdout, 'bold', path)}  ${style(stdout, 'green', 'well')}, ${count(lines, 'line')}\n`);
  }
  for (const { path, message } of unread) stdout.write(`${style(stdout, 'bold', path)}\n  ${visible(message)}\n\n`);
  const all = checked.flatMap(({ problems }) => problems);
  const errors = errorsIn(all) + unread.filter(isFailure).length;
  stdout.write(
    `${count(checked.length, 'bot')} checked: ${count(errors, 'error')}, ${count(all.length - errorsIn(all), 'warning')}\n`,
  );
}

function asJson(checked: readonly CheckedBot[], unread: readonly ImportProblem[]): object {
  const all = checked.flatMap(({ problems }) => problems);
  return {
    bots: checked.map(({ path, sourcePath, target, problems }) => ({
      bot: path,
      file: sourcePath,
      target: targetWord(target),
      problems: problems.map(({ botPath, ...problem }) => ({ bot: botPath, ...problem })),
    })),
    unread,
    errors: errorsIn(all) + unread.filter(isFailure).length,
    warnings: all.length - errorsIn(all),
  };
}
