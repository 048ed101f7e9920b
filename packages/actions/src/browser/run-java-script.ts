import { readFileSync } from 'node:fs';
import { action, attribute } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { decodeText } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';
import { pageWork } from './page-work.ts';
import { openBrowserOf } from './run-browser.ts';
import { runScript } from './script.ts';
import { pageOf } from './window.ts';

/** `scriptOption` FILE with its `file`, and `parameters`, are [inferred]. */
export const runJavaScript = action({
  package: 'Browser',
  name: 'RunJavaScript',
  summary: 'Runs JavaScript in a page of the browser.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    windowValue: attribute.any({ alias: ['window', 'tabWindowValue'] }),
    scriptOption: attribute.choice(['SCRIPT', 'FILE']),
    script: attribute.text(),
    file: attribute.file({ alias: ['scriptFile', 'filePath'] }),
    parameters: attribute.list({ alias: ['arguments', 'args'] }),
    timeoutValue: attribute.number({ fallback: 30 }),
    version: attribute.number(),
  },
  returns: 'STRING',
  run: async (input, host) => {
    const page = await pageOf(await openBrowserOf(host), input.windowValue, input.timeoutValue, host);
    const script = input.scriptOption === 'SCRIPT' ? input.script : readScript(devicePath(input.file, host));
    return pageWork('The script failed in the page', host, () => runScript(page, script, input.parameters));
  },
});

const readScript = (path: string): string => fileWork('read', path, () => decodeText(readFileSync(path), 'UTF-8'));
