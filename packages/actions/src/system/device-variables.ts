import { cpus, freemem, hostname, totalmem, version } from 'node:os';
import { type BotValue, type Host, packageVariable, type ValueType } from '@signalbox/taskbot';

/* What the device says of itself: nothing that an API Task, which has none, could ask. */

const MEGABYTE = 1024 * 1024;

const variable = (name: string, type: ValueType, summary: string, read: (host: Host) => BotValue) =>
  packageVariable({ package: 'System', name, summary, runsOn: 'device', since: '0.1.0', type, read });

export const installationPath = variable(
  'AAInstallationPath',
  'STRING',
  'The folder of the run on its device.',
  (host) => host.run.workFolder ?? '',
);
export const machine = variable('Machine', 'STRING', 'The name of the device.', (host) =>
  host.run.deviceName === '' ? hostname() : host.run.deviceName,
);
export const osName = variable('OSName', 'STRING', 'The operating system of the device.', () => version());

/* Shares are in percent, sizes in megabytes [inferred]. */
export const cpuUsage = variable(
  'CPUUsage',
  'NUMBER',
  'How busy the processors were since the device started, in percent.',
  () => {
    const times = cpus().map((cpu) => cpu.times);
    const idle = times.reduce((sum, time) => sum + time.idle, 0);
    const all = times.reduce((sum, time) => sum + time.idle + time.user + time.nice + time.sys + time.irq, 0);
    return all === 0 ? 0 : Math.round((1 - idle / all) * 100);
  },
);
export const ramUsage = variable('RAMUsage', 'NUMBER', 'The memory in use, in megabytes.', () =>
  Math.round((totalmem() - freemem()) / MEGABYTE),
);
export const totalRam = variable('TotalRAM', 'NUMBER', 'The memory of the device, in megabytes.', () =>
  Math.round(totalmem() / MEGABYTE),
);
