/**
 * `npm start`: the server, a runner beside it and, on the first start, the sample. Stays up until Ctrl-C.
 *
 *   npm start -- --no-sample      starts empty
 *   npm start -- --no-runner      the server alone
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError, createLogger, readConfiguration, startControlRoom } from '@signalbox/control-room';
import { playSample, sampleState } from '../samples/birdstrikes/play.ts';

const args = process.argv.slice(2);
const withSample = !args.includes('--no-sample');
const withRunner = !args.includes('--no-runner');

async function main(): Promise<void> {
  const configuration = readConfiguration(
    // People read this terminal: only what needs them is logged here, unless asked for.
    { SIGNALBOX_LOG_LEVEL: 'warn', ...process.env },
    args.filter((arg) => arg !== '--no-sample' && arg !== '--no-runner'),
  );
  for (const warning of configuration.warnings) console.error(warning);
  const { dataDir } = configuration;
  const first = !existsSync(join(dataDir, 'root.key'));
  console.log(first ? 'Signalbox: first start; making the database …' : 'Signalbox: starting …');
  const room = await startControlRoom(configuration, createLogger(configuration.log.level));
  room.shutdown.listenForSignals(process);

  const passwordFile = join(dataDir, 'admin-password');
  console.log(`Signalbox is up at ${room.url}`);

  if (withRunner) {
    const token = existsSync(join(dataDir, 'runner', 'device.json'))
      ? undefined
      : (await room.issueRunnerToken()).token;
    const runner = await startRunner(room.url, join(dataDir, 'runner'), token);
    room.shutdown.onShutdown('stop accepting', 'runner', () => stopRunner(runner), { timeLimitMs: 25_000 });
  }

  if (withSample) {
    const output = join(dataDir, 'sample-output');
    await mkdir(output, { recursive: true });
    await playSample({
      url: room.url,
      username: configuration.identity.adminUsername,
      password:
        room.madeAdminPassword ??
        configuration.identity.adminPassword ??
        (await sampleState.readPassword(passwordFile)),
      outputFile: join(output, 'reports.csv'),
      show: process.stdout,
      signal: room.shutdown.begun,
    });
  }
  if (!room.shutdown.begun.aborted)
    console.log(whereToLook(room.url, configuration.identity.adminUsername, passwordFile, room.madeAdminPassword));
}

function startRunner(url: string, dataDir: string, token: string | undefined): Promise<ChildProcess> {
  const runner = fork(join(import.meta.dirname, '..', 'apps', 'runner', 'src', 'main.ts'), [], {
    env: {
      ...process.env,
      SIGNALBOX_URL: url,
      SIGNALBOX_RUNNER_DIR: dataDir,
      SIGNALBOX_LOG_LEVEL: process.env.SIGNALBOX_LOG_LEVEL ?? 'error',
      ...(token === undefined ? {} : { SIGNALBOX_RUNNER_TOKEN: token }),
    },
    // Ctrl-C reaches the server only; it lets the runner finish and hand back first.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return Promise.resolve(runner);
}

function stopRunner(runner: ChildProcess): Promise<void> {
  if (runner.exitCode !== null || runner.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    runner.once('exit', () => resolve());
    runner.kill('SIGTERM');
  });
}

function whereToLook(url: string, username: string, passwordFile: string, made: string | undefined): string {
  const kept = existsSync(passwordFile);
  const password = made ?? (kept ? `in ${passwordFile}` : 'as set in SIGNALBOX_ADMIN_PASSWORD');
  const login = kept ? `$(cat '${passwordFile}')` : '…';
  return `
Where to look
  API, to read and try   ${url}/docs
  Log in as              ${username}
  with the password      ${password}${made === undefined ? '' : ` (kept in ${passwordFile})`}

Three calls to try
  TOKEN=$(curl -s ${url}/v2/authentication -d "{\\"username\\":\\"${username}\\",\\"password\\":\\"${login}\\"}" | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
  curl -s ${url}/v3/wlm/queues/1/workitems/list -H "X-Authorization: $TOKEN" -d '{"filter":{"operator":"eq","field":"status","value":"FAILED"},"page":{"length":3}}'
  curl -s ${url}/signalbox/v1/explain/queues/1 -H "X-Authorization: $TOKEN"

Ctrl-C stops it; the next start goes on where it was.`;
}

main().catch((cause) => {
  console.error(
    cause instanceof ConfigurationError
      ? cause.message
      : cause instanceof Error
        ? `Signalbox could not start: ${cause.message}`
        : cause,
  );
  if (process.env.SIGNALBOX_LOG_LEVEL === 'debug') console.error(cause);
  process.exit(1);
});
