import { action, attribute } from '@signalbox/taskbot';
import { judgedAddress, pageWork, visit } from '../browser/page-work.ts';
import { runScript } from '../browser/script.ts';
import { sessionOf } from '../support/session.ts';
import { WEB } from './session.ts';

const common = { package: 'WebAutomation', runsOn: 'device', since: '0.2.0' } as const;
const sessionName = attribute.any({ alias: ['session'] });
const timeout = attribute.number({ fallback: 30, note: 'Seconds.' });

export const openPage = action({
  ...common,
  name: 'openpage',
  summary: 'Opens a web page in the window of a session.',
  attributes: { sessionName, url: attribute.text({ required: true }), timeout },
  run: async (input, host) => {
    const { browser, page } = sessionOf(WEB, input.sessionName, host);
    await visit(browser, page, await judgedAddress(input.url, host), input.timeout, host);
    return undefined;
  },
});

export const executeJs = action({
  ...common,
  name: 'executejs',
  summary: 'Runs JavaScript in the page.',
  attributes: { sessionName, js: attribute.text({ required: true, alias: ['script', 'javascript'] }) },
  returns: 'STRING',
  run: (input, host) => {
    const { page } = sessionOf(WEB, input.sessionName, host);
    return pageWork('The script failed in the page', host, () => runScript(page, input.js));
  },
});

/** [inferred] */
export const pageLoaded = action({
  ...common,
  name: 'pageloaded',
  summary: 'Waits until the page is loaded; false when it is not in time.',
  attributes: { sessionName, timeout },
  returns: 'BOOLEAN',
  run: (input, host) => {
    const { page } = sessionOf(WEB, input.sessionName, host);
    const loaded = page.waitForLoadState('load', { timeout: Math.max(1, input.timeout * 1000) });
    return pageWork('The page did not say whether it is loaded', host, () =>
      loaded.then(
        () => true,
        (cause: unknown) => {
          if (cause instanceof Error && cause.name === 'TimeoutError') return false;
          throw cause;
        },
      ),
    );
  },
});
