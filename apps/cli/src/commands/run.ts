import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BotDocument, compileBot, fromJson, type Json, type Target, type WorkItem } from '@signalbox/taskbot';
import { type Bots, chooseBot, openBots } from '../bots/open-bots.ts';
import { readTarget } from '../bots/target.ts';
import { standardRegistry } from '../check/check-bots.ts';
import { printProblems } from '../check/print-problems.ts';
import { type Command, type ExitCode, type Terminal, UsageError } from '../command.ts';
import { printFailure, printOutputs, resultJson } from '../run/print-result.ts';
import { ProgressLine } from '../run/progress-line.ts';
import { readCredentials } from '../run/read-credentials.ts';
import { readInputs, readJsonFile } from '../run/read-inputs.ts';
import { readAllow, readTimeLimit } from '../run/read-limits.ts';
import { readPair } from '../run/read-pair.ts';
import { type RunEnd, type RunOrder, runBot } from '../run/run-bot.ts';
import { style } from '../terminal/style.ts';
import { count, duration } from '../terminal/words.ts';

const help = `signalbox run <file | folder | zip | -> [options]

Runs a bot here and now, without a server: outputs on standard output, log lines and progress on standard error. Bots
that it calls are looked for in the export or folder, or around the file.

  --input name=value      an input, read as the variable's type; lists, dictionaries, records and tables as JSON
  --inputs <file>         inputs as a JSON object: typed values as the API takes them, or plain ones
  --bot <path>            which bot, when there are several; the end of its path is enough
  --json                  outcome, outputs as typed values, and error as JSON, on standard output
  --quiet                 no progress and no info lines

  --target <where>        device, or api-task: only what API Tasks may use, no files, one minute
  --work-folder <folder>  where the bot's relative paths begin; this folder when not given
  --time-limit <time>     90s, 5m, 1h
  --allow <addresses>     what it may call: public, private, loopback, CIDRs, none; public,private when not given

  --global Name=value     a global value, $@Name$
  --credential Locker.Credential.attribute=env:NAME
                          a credential, out of the environment or =file:path; never the secret itself
  --field Column=value    a field of the work item that the bot works on
  --work-item <file>      the same as a JSON object

Ctrl-C stops the bot cleanly, a second one at once. Exit codes: 0 completed, 1 failed or has errors, 2 the command
line is wrong, 130 stopped by Ctrl-C.

  signalbox run samples/zip-code/bot.json --input iStrZipCode=76131
`;

export const runCommand: Command = { help, run };

const OPTIONS = {
  input: { type: 'string', multiple: true },
  inputs: { type: 'string' },
  bot: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
  target: { type: 'string' },
  'work-folder': { type: 'string' },
  'time-limit': { type: 'string' },
  allow: { type: 'string' },
  global: { type: 'string', multiple: true },
  credential: { type: 'string', multiple: true },
  field: { type: 'string', multiple: true },
  'work-item': { type: 'string' },
} as const;

type Values = ReturnType<typeof parse>['values'];

const parse = (args: readonly string[]) => parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });

async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parse(args);
  const [from, more] = positionals;
  if (from === undefined || more !== undefined) throw new UsageError('Expected one file, folder, zip, or -');
  const bots = await openBots(from, terminal.stdin);
  try {
    const { path, contentType, sourcePath } = chooseBot(bots, values.bot);
    const document = await bots.resolve(path);
    if (document === undefined) throw new Error(`${sourcePath} is not there any more`);
    const target = readTarget(values.target, contentType);
    const order = await readOrder(values, document, target, terminal);
    const bot = await compile(bots, path, document, target, terminal);
    if (bot === undefined) return 1;
    const progress = new ProgressLine(terminal.stderr, (botPath) => bots.known(botPath));
    const end = await runBot(bot, order, terminal, progress);
    tell(end, bots, document, path, values, terminal);
    return end.result.outcome === 'completed' ? 0 : end.interrupted ? 130 : 1;
  } finally {
    bots.opened.close();
  }
}

async function readOrder(values: Values, document: BotDocument, target: Target, { env }: Terminal): Promise<RunOrder> {
  const folder = values['work-folder'];
  if (target === 'anywhere' && folder !== undefined) {
    throw new UsageError('An API Task has no file system, so that --work-folder means nothing to it');
  }
  return {
    inputs: await readInputs(document, values.input ?? [], values.inputs),
    globals: new Map(
      (values.global ?? []).map((pair) => {
        const [name, value] = readPair('--global', pair);
        return [name.toLowerCase(), value];
      }),
    ),
    credential: readCredentials(values.credential ?? [], env),
    outgoing: readAllow(values.allow),
    workFolder: target === 'anywhere' ? undefined : resolve(folder ?? '.'),
    timeLimitMs: readTimeLimit(values['time-limit'], target),
    workItem: await readWorkItem(values),
    quiet: values.quiet ?? false,
  };
}

async function readWorkItem({ field, 'work-item': file }: Values): Promise<WorkItem | undefined> {
  if (field === undefined && file === undefined) return undefined;
  const json = file === undefined ? {} : await readJsonFile('--work-item', file);
  const pairs = (field ?? []).map((pair) => readPair('--field', pair));
  const fields = new Map([...Object.entries(json), ...pairs].map(([name, value]) => [name, fromJson(value as Json)])); // JSON, or text
  return { id: '1', attempt: 1, queueName: 'local', fields };
}

async function compile(bots: Bots, path: string, document: BotDocument, target: Target, { stderr }: Terminal) {
  const { bot, problems, warnings } = await compileBot(document, {
    registry: standardRegistry(),
    path,
    target,
    resolveBot: (callee) => bots.resolve(callee),
  });
  if (problems.length + warnings.length > 0)
    stderr.write(`${printProblems([...problems, ...warnings], path, stderr)}\n`);
  if (bot === undefined) {
    stderr.write(
      `${style(stderr, 'red', 'The bot cannot run')}: ${count(problems.length, 'error')}. Nothing of it was run.\n`,
    );
  }
  return bot;
}

function tell(
  { result, milliseconds }: RunEnd,
  bots: Bots,
  document: BotDocument,
  botPath: string,
  { json, quiet }: Values,
  { stdout, stderr }: Terminal,
): void {
  if (json) stdout.write(`${JSON.stringify(resultJson(result, document, milliseconds), null, 2)}\n`);
  else stdout.write(printOutputs(result.outputs, stdout));
  const { error, steps } = result;
  if (error !== undefined) {
    stderr.write(printFailure(error, bots.known(error.botPath), { botPath, steps, milliseconds }, stderr));
  } else if (!quiet && stderr.isTTY) {
    stderr.write(`${style(stderr, 'green', 'Completed')} after ${count(steps, 'step')}, ${duration(milliseconds)}\n`);
  }
}
