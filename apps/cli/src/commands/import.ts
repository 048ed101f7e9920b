import { parseArgs } from 'node:util';
import { openBots } from '../bots/open-bots.ts';
import { type Command, type ExitCode, type Terminal, UsageError } from '../command.ts';
import { look } from '../import/look.ts';
import { lookJson, printLook } from '../import/print-look.ts';
import type { Existing, Uploaded } from '../import/upload.ts';
import { readSecretFile } from '../run/read-credentials.ts';
import { style } from '../terminal/style.ts';

const help = `signalbox import <zip | folder | file | -> [options]

Looks into an export of a Control Room, a tree of Git integration, a folder of bots, a bot, or lines of the editor's
clipboard, and says what is in it: bots and whether they run here, packages, commands that are not supported, and
passwords and tokens that stand in bots. Nothing is changed anywhere, unless --to is given.

  --target <where>        api-task or device; else as the kind of each file says
  --json                  the report as JSON, on standard output

  --to <url>              puts bots and files into the public workspace of this Control Room, with their folders
  --user <name>           who does it
  --password-file <file>  the password; or SIGNALBOX_PASSWORD in the environment
  --api-key-file <file>   an API key instead; or SIGNALBOX_API_KEY
  --existing <what>       what is there already: abort (change nothing at all; the default), skip, or overwrite

Exit code 1 when a file could not be read or put. Bots that cannot run here yet are put all the same, marked as having errors.

  signalbox import export.zip
  signalbox import export.zip --to http://127.0.0.1:8080 --user admin --password-file .signalbox/admin-password
`;

export const importCommand: Command = { help, run };

const OPTIONS = {
  target: { type: 'string' },
  json: { type: 'boolean' },
  to: { type: 'string' },
  user: { type: 'string' },
  'password-file': { type: 'string' },
  'api-key-file': { type: 'string' },
  existing: { type: 'string' },
} as const;

type Values = ReturnType<typeof parse>['values'];

const parse = (args: readonly string[]) => parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });

async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parse(args);
  const [from, more] = positionals;
  if (from === undefined || more !== undefined) throw new UsageError('Expected one zip, folder, file, or -');
  const { stdout } = terminal;
  const existing = readExisting(values.existing);
  const logIn = readLogIn(values, terminal.env);
  const bots = await openBots(from, terminal.stdin);
  try {
    const { opened } = bots;
    const seen = await look(bots, values.target);
    const done: Uploaded[] = [];
    if (!values.json) stdout.write(printLook(opened, seen, from, stdout));
    if (logIn !== undefined) {
      // Only here: the client brings a server along, which a report must not wait for.
      const { upload } = await import('../import/upload.ts');
      if (!values.json) stdout.write(`\n${style(stdout, 'bold', `Into ${logIn.url}`)}\n`);
      await upload(opened, seen, logIn, existing, (one) => {
        done.push(one);
        if (!values.json)
          stdout.write(
            `  ${one.outcome.padEnd(11)}  ${one.path}${one.reason === undefined ? '' : `: ${one.reason}`}\n`,
          );
      });
    }
    if (values.json) stdout.write(`${JSON.stringify({ ...lookJson(opened, seen), uploaded: done }, null, 2)}\n`);
    const unread = opened.problems.some(({ code }) => code === 'unreadable-bot' || code === 'unreadable-file');
    return unread || done.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  } finally {
    bots.opened.close();
  }
}

function readExisting(word: string | undefined): Existing {
  if (word === undefined || word === 'abort') return 'abort';
  if (word === 'skip' || word === 'overwrite') return word;
  throw new UsageError(`Expected --existing skip, overwrite or abort, but got "${word}"`);
}

/** Secrets come from a file or the environment, never from the command line. */
function readLogIn(values: Values, env: NodeJS.ProcessEnv) {
  const { to, user } = values;
  if (to === undefined) return undefined;
  if (!URL.canParse(to) || !/^https?:$/.test(new URL(to).protocol)) {
    throw new UsageError(`Expected --to as the address of a Control Room, such as http://127.0.0.1:8080`);
  }
  if (user === undefined) throw new UsageError('Expected --user with --to');
  const logIn = { url: to.replace(/\/+$/, ''), username: user };
  const keyFile = values['api-key-file'];
  const passwordFile = values['password-file'];
  const apiKey = keyFile === undefined ? env.SIGNALBOX_API_KEY : readSecretFile('--api-key-file', keyFile);
  if (passwordFile === undefined && apiKey !== undefined) return { ...logIn, apiKey };
  const password =
    passwordFile === undefined ? env.SIGNALBOX_PASSWORD : readSecretFile('--password-file', passwordFile);
  if (password !== undefined) return { ...logIn, password };
  throw new UsageError(
    'Expected --password-file or --api-key-file with --to, or SIGNALBOX_PASSWORD or SIGNALBOX_API_KEY in the environment',
  );
}
