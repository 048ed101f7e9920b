import { action, attribute, BotSession } from '@signalbox/taskbot';
import type { Page } from 'playwright-core';
import { pageWork } from '../browser/page-work.ts';
import { type RunBrowser, runBrowser } from '../browser/run-browser.ts';
import { closeSession, keepSession, type SessionKind } from '../support/session.ts';

/** A page with a profile of its own, in the run's one browser. */
export class WebPage {
  readonly browser: RunBrowser;
  readonly page: Page;

  constructor(browser: RunBrowser, page: Page) {
    this.browser = browser;
    this.page = page;
  }
}

export const WEB: SessionKind<WebPage> = {
  package: 'WebAutomation',
  content: WebPage,
  opener: 'Web Automation: Start Session',
};

/**
 * WebAutomation is a community package over Selenium that recurs in real bots (contract bots §1.18). Which driver and
 * library it shall use is no question here.
 */
export const startSession = action({
  package: 'WebAutomation',
  name: 'StartSessionWebAutomation',
  alias: ['startsession'],
  summary: 'Opens a browser window with a profile of its own.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    browser: attribute.text({ fallback: 'Chrome' }),
    width: attribute.number(),
    height: attribute.number(),
    headless: attribute.flag({ fallback: true, note: 'Shown on a screen where the device has one, else not.' }),
    driverpath: attribute.file(),
    profilepath: attribute.text(),
    library: attribute.text(),
  },
  returns: 'SESSION',
  run: async (input, host) => {
    const browser = await runBrowser(host, { browser: input.browser, visible: !input.headless });
    const { width = 0, height = 0 } = input;
    const made = await pageWork('The browser window did not open', host, async () => {
      const context = await browser.newContext(width > 0 && height > 0 ? { width, height } : undefined);
      return { context, page: await context.newPage() };
    });
    const session = new BotSession('WebAutomation', new WebPage(browser, made.page), () => made.context.close());
    return keepSession('WebAutomation', input.sessionName, session, host);
  },
});

/** The window goes; the browser itself, which other windows share, goes when the run ends. */
export const endSession = action({
  package: 'WebAutomation',
  name: 'EndSessionWebAutomation',
  alias: ['endsession'],
  summary: 'Closes the window of a session.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    closeBrowser: attribute.flag({ fallback: true }),
  },
  run: (input, host) => closeSession('WebAutomation', input.sessionName, host),
});
