import { ImportRefusal } from '@signalbox/importers';
import { DocumentError } from '@signalbox/taskbot';
import { type Command, type ExitCode, type Terminal, UsageError } from './command.ts';
import { ControlRoomProblem } from './import/control-room-problem.ts';

/** Loaded when asked for: help and print must not wait for what only a run needs. */
const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  run: {
    summary: 'runs a bot on the spot and shows what comes out',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  check: {
    summary: 'says what keeps bots from running, line by line',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  print: {
    summary: 'shows a bot as text, in the lines of the editor',
    load: async () => (await import('./commands/print.ts')).printCommand,
  },
  import: {
    summary: 'looks into an export, and puts its bots into a Control Room',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  'verify-audit': {
    summary: 'proves that an exported audit log is as it was written',
    load: async () => (await import('./commands/verify-audit.ts')).verifyAuditCommand,
  },
};

const HELP = `signalbox <command> [options]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(13)} ${summary}`)
  .join('\n')}

  signalbox help <command> tells of its options. A bot is a file, a folder, an export (.zip), or - for standard input.

Exit codes: 0 well, 1 the bot failed or has errors, 2 the command line is wrong, 130 stopped by Ctrl-C.
`;

/** Finds the command, runs it, and says in one line what is wrong with how it was called. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  endQuietlyWithReader(terminal);
  const isHelp = args[0] === 'help' || args.includes('--help') || args.includes('-h');
  const name = args[0] === 'help' ? args[1] : args[0];
  if (name === undefined || name.startsWith('-')) {
    (isHelp ? terminal.stdout : terminal.stderr).write(HELP);
    return isHelp ? 0 : 2;
  }
  // By own keys only: `signalbox constructor` is no command.
  const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (found === undefined) {
    const known = Object.keys(COMMANDS).join(', ');
    terminal.stderr.write(`signalbox: there is no command ${JSON.stringify(name)}. Expected ${known} or help.\n`);
    return 2;
  }
  const command = await found.load();
  if (isHelp) {
    terminal.stdout.write(command.help);
    return 0;
  }
  try {
    return await command.run(args.slice(1), terminal);
  } catch (error) {
    return explain(error, name, terminal);
  }
}

function explain(error: unknown, name: string, { stderr, env }: Terminal): ExitCode {
  const isWrongCall =
    error instanceof UsageError ||
    (error instanceof Error && 'code' in error && /^ERR_PARSE_ARGS/.test(String(error.code)));
  if (error instanceof Error && isWrongCall) {
    stderr.write(`signalbox ${name}: ${error.message}\nSee signalbox help ${name}.\n`);
    return 2;
  }
  if (error instanceof ImportRefusal || error instanceof DocumentError) {
    stderr.write(`signalbox ${name}: ${error.message}.\n`);
    return error instanceof ImportRefusal && error.code === 'not-found' ? 2 : 1;
  }
  if (error instanceof ControlRoomProblem) {
    stderr.write(`signalbox ${name}: ${error.message}\n`);
    return 1;
  }
  stderr.write(`signalbox ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  if (env.SIGNALBOX_LOG_LEVEL === 'debug' && error instanceof Error) stderr.write(`${error.stack}\n`);
  return 1;
}

/** `signalbox print bot.json | head` is no failure. */
function endQuietlyWithReader({ stdout, stderr }: Terminal): void {
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}
