import { action, attribute } from '@signalbox/taskbot';
import { pageWork } from './page-work.ts';
import { closeBrowser, openBrowserOf } from './run-browser.ts';
import { pageOf } from './window.ts';

export const close = action({
  package: 'Browser',
  name: 'close',
  summary: 'Closes a page, or the whole browser of the run.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    whatToClose: attribute.text({ fallback: 'Window', note: 'AllBrowsers, Window or Tab.' }),
    tabWindowValue: attribute.any({ alias: ['windowValue', 'window'] }),
    timeoutValue: attribute.number(),
  },
  run: async (input, host) => {
    if (/^all/i.test(input.whatToClose)) {
      await closeBrowser(host);
      return undefined;
    }
    const page = await pageOf(await openBrowserOf(host), input.tabWindowValue, 0, host);
    await pageWork('The page did not close', host, () => page.close());
    return undefined;
  },
});
