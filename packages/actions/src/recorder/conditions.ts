import { attribute, condition } from '@signalbox/taskbot';
import { pause } from '../support/wait-until.ts';
import { capturedControl, refusedControl } from './captured-control.ts';
import { findControl } from './find-control.ts';

const common = { package: 'Recorder', runsOn: 'device', since: '0.2.0', check: refusedControl } as const;
const attributes = {
  uiObject: attribute.opaque('UIOBJECT', { required: true }),
  wait: attribute.number({ fallback: 0, alias: ['waitTimeout'], note: 'Seconds.' }),
};
const POLL_MS = 100;

/* Where no browser or no such page is open, the control is not there: that is what bots ask before they open it. */

export const controlExists = condition({
  ...common,
  name: 'capture',
  alias: ['captureObjectExist'],
  summary: 'Whether a control of a web page is there, or comes in time.',
  attributes,
  test: async (input, host) => {
    const control = capturedControl(input.uiObject);
    return control !== undefined && (await findControl(control, input.wait, host)) !== undefined;
  },
});

export const controlDoesNotExist = condition({
  ...common,
  name: 'captureObjectNotExist',
  summary: 'Whether a control of a web page is not there, or goes in time.',
  attributes,
  test: async (input, host) => {
    const control = capturedControl(input.uiObject);
    if (control === undefined) return true;
    const end = performance.now() + input.wait * 1000;
    for (;;) {
      if ((await findControl(control, 0, host)) === undefined) return true;
      if (performance.now() >= end || host.signal.aborted) return false;
      await pause(POLL_MS, host);
    }
  },
});
