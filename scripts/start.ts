/**
 * `npm start`: the server, a runner beside it and, on the first start, the sample. Stays up until Ctrl-C.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Configuration,
  ConfigurationError,
  type ControlRoom,
  createLogger,
  readConfiguration,
  startControlRoom,
} from '@signalbox/control-room';
import { readRunnerConfiguration } from '@signalbox/runner';
import { playSample } from '../samples/birdstrikes/play.ts';
import { type Invoices, playInvoices } from '../samples/invoices-robot/play.ts';
import { setUpZipCode, ZIP_CODE_PATH } from '../samples/zip-code/set-up.ts';

const HELP = `npm start [-- options]

  --no-sample          starts without the samples: a queue of 10,000 reports, an API Task, a process of two robots
  --no-runner          the server alone (and no sample: nobody would work it off)
  --port 8080          and every other setting of docs/reference/settings.md but secrets, or as an environment variable
  --help               this text`;

const OWN = ['--no-sample', '--no-runner', '--help'];

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return console.log(HELP);
  const withRunner = !args.includes('--no-runner');
  const withSample = withRunner && !args.includes('--no-sample');
  const configuration = readConfiguration(
    // People read this terminal: only what needs them is logged here, unless asked for.
    { SIGNALBOX_LOG_LEVEL: 'warn', ...process.env },
    args.filter((arg) => !OWN.includes(arg)),
  );
  // A bad setting of the runner stops the start as one of the server does.
  if (withRunner) readRunnerConfiguration(process.env);
  for (const warning of configuration.warnings) console.error(warning);

  const first = !existsSync(join(configuration.dataDir, 'root.key'));
  console.log(first ? 'Signalbox: first start; making the database …' : 'Signalbox: starting …');
  const room = await startControlRoom(configuration, createLogger(configuration.log.level));
  const runner = withRunner ? await startRunner(room, configuration) : undefined;
  const stopping = stopOnSignal(room, runner);
  console.log(`Signalbox is up at ${room.url}`);

  try {
    const samples = withSample ? await playSamples(room, configuration, runner, stopping) : undefined;
    if (!stopping.aborted) console.log(whereToLook(room, configuration, samples));
  } catch (cause) {
    // Whatever fails while everything is being stopped fails because of that.
    if (stopping.aborted) return;
    await stopRunner(runner);
    await room.stop();
    throw cause;
  }
}

/** What the samples have made, for the calls to try. */
interface Samples extends Invoices {
  readonly queueId: number;
}

async function playSamples(
  room: ControlRoom,
  configuration: Configuration,
  runner: ChildProcess | undefined,
  stopping: AbortSignal,
): Promise<Samples> {
  const output = join(configuration.dataDir, 'sample-output');
  await mkdir(output, { recursive: true });
  const runnerEnded = new AbortController();
  runner?.once('exit', () => runnerEnded.abort(new Error('the runner has ended; what it said stands above')));
  const account = {
    url: room.url,
    username: configuration.identity.adminUsername,
    password:
      room.madeAdminPassword ??
      configuration.identity.adminPassword ??
      (await readFile(passwordFile(configuration), 'utf8')).trim(),
  };
  await setUpZipCode(account);
  const signal = AbortSignal.any([stopping, runnerEnded.signal]);
  const show = process.stdout;
  const queueId = await playSample({ ...account, outputFile: join(output, 'reports.csv'), show, signal });
  return { queueId, ...(await playInvoices({ ...account, show, signal })) };
}

/** The runner first, while the server still listens: it delivers what is done and hands back the rest. */
function stopOnSignal(room: ControlRoom, runner: ChildProcess | undefined): AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(1);
    console.log('\nStopping; once more to leave at once.');
    stopping.abort();
    void stopRunner(runner)
      .then(() => room.shutdown.run('a signal came'))
      .then((clean) => process.exit(clean ? 0 : 1));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return stopping.signal;
}

async function startRunner(room: ControlRoom, { dataDir }: Configuration): Promise<ChildProcess> {
  const folder = join(dataDir, 'runner');
  const registered = existsSync(join(folder, 'device.json'));
  return fork(join(import.meta.dirname, '..', 'apps', 'runner', 'src', 'main.ts'), [], {
    env: {
      ...process.env,
      SIGNALBOX_URL: room.url,
      SIGNALBOX_RUNNER_DIR: folder,
      SIGNALBOX_LOG_LEVEL: process.env.SIGNALBOX_LOG_LEVEL ?? 'error',
      ...(registered ? {} : { SIGNALBOX_RUNNER_TOKEN: (await room.issueRunnerToken()).token }),
    },
    // Ctrl-C reaches this process only, which tells the runner.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function stopRunner(runner: ChildProcess | undefined): Promise<void> {
  if (!runner || runner.exitCode !== null || runner.signalCode !== null) return;
  runner.kill('SIGTERM');
  await once(runner, 'exit');
}

function passwordFile({ dataDir }: Configuration): string {
  return join(dataDir, 'admin-password');
}

function whereToLook(
  { url, madeAdminPassword }: ControlRoom,
  configuration: Configuration,
  samples: Samples | undefined,
): string {
  const file = passwordFile(configuration);
  const kept = existsSync(file);
  const { adminUsername } = configuration.identity;
  const password = madeAdminPassword ?? (kept ? `in ${file}` : 'as set in SIGNALBOX_ADMIN_PASSWORD');
  const login = kept ? `$(cat '${file}')` : '…';
  const header = '-H "X-Authorization: $TOKEN"';
  const calls =
    samples === undefined
      ? [
          `curl -s ${url}/v1/usermanagement/users/self ${header}`,
          `curl -s ${url}/v3/wlm/queues/list ${header} -d '{}'`,
          `curl -s ${url}/v2/devices/list ${header} -d '{}'`,
        ]
      : [
          `curl -s ${url}/signalbox/v1/explain/queues/${samples.queueId} ${header}`,
          `curl -s ${url}/v3/wlm/queues/${samples.queueId}/workitems/list ${header} -d '{"filter":{"operator":"eq","field":"status","value":"FAILED"},"page":{"length":3}}'`,
          `curl -s ${url}/orchestrator/v1/hotbot/config/accessdetails ${header} -d '${JSON.stringify({ botRepositoryPath: [ZIP_CODE_PATH] })}'`,
          `curl -s ${url}/signalbox/v1/workspaces/${samples.workspaceId}/processes/${samples.processId} ${header}`,
        ];
  return `
Where to look
  API, to read and try   ${url}/docs
  Log in as              ${adminUsername}
  with the password      ${password}${madeAdminPassword === undefined ? '' : ` (kept in ${file})`}

Log in, and calls to try
  TOKEN=$(curl -s ${url}/v2/authentication -d "{\\"username\\":\\"${adminUsername}\\",\\"password\\":\\"${login}\\",\\"multipleLogin\\":true}" | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
${calls.map((call) => `  ${call}`).join('\n')}

Ctrl-C stops it; the next start goes on where it was.`;
}

main().catch((cause) => {
  // One line for the person who started it; the stack only for those who ask.
  const isSetting =
    cause instanceof ConfigurationError || (cause instanceof Error && cause.name === 'RunnerConfigurationError');
  console.error(
    isSetting ? cause.message : `Signalbox could not start: ${cause instanceof Error ? cause.message : cause}`,
  );
  if (process.env.SIGNALBOX_LOG_LEVEL === 'debug') console.error(cause);
  process.exit(1);
});
