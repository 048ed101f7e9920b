import type { Declaration } from '@signalbox/taskbot';
import { cpuUsage, installationPath, machine, osName, ramUsage, totalRam } from './device-variables.ts';
import { lock, logoff, restart, shutdown } from './power.ts';
import { systemInformation } from './system-information.ts';

export const systemOnDevices: readonly Declaration[] = [
  lock,
  logoff,
  restart,
  shutdown,
  systemInformation,
  installationPath,
  machine,
  osName,
  cpuUsage,
  ramUsage,
  totalRam,
];
