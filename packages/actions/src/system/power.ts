import { refusedAction } from '@signalbox/taskbot';

/* One refusal four times: the runner would end the very run that asks, and others on its device with it. */

const refused = (name: string, doing: string) =>
  refusedAction({
    package: 'System',
    name,
    summary: `Refused: a bot may not ${doing} its device.`,
    runsOn: 'device',
    since: '0.1.0',
    refused: `A bot may not ${doing} the device it runs on. Take the line out.`,
  });

export const lock = refused('lock', 'lock');
export const logoff = refused('logoff', 'log off from');
export const restart = refused('restart', 'restart');
export const shutdown = refused('shutdown', 'shut down');
