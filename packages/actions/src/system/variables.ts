import { cpus, freemem, hostname, totalmem, version } from 'node:os';
import { type BotDictionary, type BotValue, type Host, packageVariable, type ValueType } from '@signalbox/taskbot';

const MEGABYTE = 1024 * 1024;

const variable = (
  name: string,
  type: ValueType,
  runsOn: 'anywhere' | 'device',
  summary: string,
  read: (host: Host) => BotValue,
) => packageVariable({ package: 'System', name, summary, runsOn, since: '0.1.0', type, read });

export const date = variable('Date', 'DATETIME', 'anywhere', 'The present.', (host) => host.now());
export const year = variable('Year', 'NUMBER', 'anywhere', 'The year now.', (host) => host.now().year());
export const month = variable('Month', 'NUMBER', 'anywhere', 'The month now, January 1.', (host) =>
  host.now().monthValue(),
);
export const day = variable('Day', 'NUMBER', 'anywhere', 'The day of the month now.', (host) =>
  host.now().dayOfMonth(),
);
export const hour = variable('Hour', 'NUMBER', 'anywhere', 'The hour now, 0 to 23.', (host) => host.now().hour());
export const minute = variable('Minute', 'NUMBER', 'anywhere', 'The minute now.', (host) => host.now().minute());
export const second = variable('Second', 'NUMBER', 'anywhere', 'The second now.', (host) => host.now().second());
export const millisecond = variable('Millisecond', 'NUMBER', 'anywhere', 'The millisecond now.', (host) =>
  Math.floor(host.now().nano() / 1_000_000),
);

export const taskName = variable(
  'AATaskName',
  'STRING',
  'anywhere',
  'The name of the bot.',
  (host) => host.run.botName,
);
export const controlRoom = variable(
  'AAControlRoom',
  'STRING',
  'anywhere',
  'The address of the Control Room.',
  (host) => host.run.controlRoom,
);
export const installationPath = variable(
  'AAInstallationPath',
  'STRING',
  'device',
  'The folder of the run on its device.',
  (host) => host.run.workFolder ?? '',
);
export const machine = variable('Machine', 'STRING', 'device', 'The name of the device.', (host) =>
  host.run.deviceName === '' ? hostname() : host.run.deviceName,
);
export const osName = variable('OSName', 'STRING', 'device', 'The operating system of the device.', () => version());

/* Shares are in percent, sizes in megabytes [inferred]. */
export const cpuUsage = variable(
  'CPUUsage',
  'NUMBER',
  'device',
  'How busy the processors were since the device started, in percent.',
  () => {
    const times = cpus().map((cpu) => cpu.times);
    const idle = times.reduce((sum, time) => sum + time.idle, 0);
    const all = times.reduce((sum, time) => sum + time.idle + time.user + time.nice + time.sys + time.irq, 0);
    return all === 0 ? 0 : Math.round((1 - idle / all) * 100);
  },
);
export const ramUsage = variable('RAMUsage', 'NUMBER', 'device', 'The memory in use, in megabytes.', () =>
  Math.round((totalmem() - freemem()) / MEGABYTE),
);
export const totalRam = variable('TotalRAM', 'NUMBER', 'device', 'The memory of the device, in megabytes.', () =>
  Math.round(totalmem() / MEGABYTE),
);

/** Real bots ask for `Invoker_UserName`; the other keys follow its pattern [inferred] and are empty. */
const person = (role: string, host: Host): BotDictionary =>
  new Map<string, BotValue>([
    [`${role}_UserName`, host.run.userName],
    [`${role}_FirstName`, ''],
    [`${role}_LastName`, ''],
    [`${role}_Email`, ''],
  ]);

export const taskInvoker = variable('AATaskInvoker', 'DICTIONARY', 'anywhere', 'Who started the run.', (host) =>
  person('Invoker', host),
);
export const taskExecutor = variable('AATaskExecutor', 'DICTIONARY', 'anywhere', 'Under whom the run works.', (host) =>
  person('Executor', host),
);
