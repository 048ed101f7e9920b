import { action, attribute, requireTextLength } from '@signalbox/taskbot';
import { pageWork } from './page-work.ts';
import { openBrowserOf } from './run-browser.ts';
import { pageOf } from './window.ts';

const common = { package: 'Browser', runsOn: 'device', since: '0.2.0' } as const;
const window = attribute.any({ alias: ['windowValue', 'tabWindowValue'], note: '[inferred]' });

export const goBack = action({
  ...common,
  name: 'goBack',
  summary: 'Goes back to the page before.',
  attributes: { window, timeoutValue: attribute.number({ fallback: 30 }) },
  run: async (input, host) => {
    const page = await pageOf(await openBrowserOf(host), input.window, 0, host);
    await pageWork('The browser did not go back', host, () => page.goBack({ timeout: input.timeoutValue * 1000 }));
    return undefined;
  },
});

export const getSourceCode = action({
  ...common,
  name: 'getSourceCode',
  summary: 'Takes the HTML of a page, as it stands after its scripts ran.',
  attributes: { window, timeoutValue: attribute.number() },
  returns: 'STRING',
  run: async (input, host) => {
    const page = await pageOf(await openBrowserOf(host), input.window, 0, host);
    const html = await pageWork('The page did not give its source', host, () => page.content());
    requireTextLength(html.length, host);
    return html;
  },
});
