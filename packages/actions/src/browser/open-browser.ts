import { action, attribute } from '@signalbox/taskbot';
import { judgedAddress, visit } from './page-work.ts';
import { runBrowser } from './run-browser.ts';
import { pageOf, windowOf } from './window.ts';

/** Windows and tabs are one thing here: pages, side by side. What comes back is [inferred] from the newer package. */
export const openBrowser = action({
  package: 'Browser',
  name: 'openbrowser',
  alias: ['openBrowserV2', 'launchwebsite', 'navigate'],
  summary: 'Opens a web page in the browser of the run.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    openOption: attribute.choice(['NEW_WIN', 'NEW_TAB', 'EXISTING_TAB']),
    browser: attribute.text({ fallback: 'DEFAULT' }),
    url: attribute.text({ required: true }),
    timeoutValue: attribute.number({ fallback: 30, alias: ['timeout'], note: 'Seconds for the page to load.' }),
    existingWin: attribute.any(),
    existingWinTab: attribute.any(),
  },
  returns: 'WINDOW',
  run: async (input, host) => {
    const url = await judgedAddress(input.url, host);
    const browser = await runBrowser(host, { browser: input.browser });
    const page =
      input.openOption === 'EXISTING_TAB' && browser.pages.length > 0
        ? await pageOf(browser, input.existingWinTab ?? input.existingWin, 0, host)
        : await browser.newPage();
    await visit(browser, page, url, input.timeoutValue, host);
    return windowOf(browser, page);
  },
});
