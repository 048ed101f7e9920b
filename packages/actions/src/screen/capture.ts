import { action, attribute } from '@signalbox/taskbot';

/* Real bots take a picture in their error handlers. Without a desktop that must not become a second fault. */

export const captureDesktop = action({
  package: 'Screen',
  name: 'captureDesktop',
  summary: 'Notes in the log that a picture of the desktop was asked for; none is taken.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { filePath: attribute.file(), isOverwriteFile: attribute.flag() },
  run: (input, host) => {
    host.log('warn', `Screen capture skipped, no desktop: "${input.filePath}" was not written.`);
    return undefined;
  },
});

export const captureWindow = action({
  package: 'Screen',
  name: 'captureWindow',
  summary: 'Notes in the log that a picture of a window was asked for; none is taken.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    window: attribute.any({ alias: ['windowValue'] }),
    filePath: attribute.file(),
    isOverwriteFile: attribute.flag(),
  },
  run: (input, host) => {
    host.log('warn', `Window capture skipped, no desktop: "${input.filePath}" was not written.`);
    return undefined;
  },
});
