import { BotError, BotOpaque, type BotValue, type Host } from '@signalbox/taskbot';
import type { Page } from 'playwright-core';
import { asText, excerpt } from '../support/text.ts';
import { pause } from '../support/wait-until.ts';
import { fitsWildcard } from '../support/wildcard.ts';
import type { RunBrowser } from './run-browser.ts';

const BROWSER_SUFFIX = / [-–—] (?:Google Chrome|Chromium|Microsoft.? Edge|Mozilla Firefox|Internet Explorer|Brave)$/i;
const POLL_MS = 100;

/** A page as the document's WINDOW: its title, its address, and by which name it is found again. */
export const windowOf = async (browser: RunBrowser, page: Page): Promise<BotOpaque> =>
  new BotOpaque('WINDOW', [
    ['type', 'WINDOW'],
    [
      'window',
      new Map<string, BotValue>([
        ['name', await page.title().catch(() => '')],
        ['browserTabUrl', page.url()],
        ['handle', browser.nameOf(page)],
      ]),
    ],
  ]);

/**
 * The page that a WINDOW means: the one it was made of, else by title (`*` and `?` as on Windows, the browser's own name
 * at its end left off), else by address. Without any of these the newest page. A title that was captured once may
 * have changed, so a single open page is taken for it.
 */
export const pageIfOpen = async (
  browser: RunBrowser,
  window: BotValue | undefined,
  seconds: number,
  host: Host,
): Promise<Page | undefined> => {
  const wanted = wantedOf(window);
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const [only, other] = browser.pages;
    const page = (await find(browser, wanted)) ?? (other === undefined ? only : undefined);
    if (page !== undefined) {
      browser.toFront(page);
      return page;
    }
    if (performance.now() >= end || host.signal.aborted) return undefined;
    await pause(POLL_MS, host);
  }
};

/** The same, where there must be one. */
export const pageOf = async (...asked: Parameters<typeof pageIfOpen>): Promise<Page> => {
  const page = await pageIfOpen(...asked);
  if (page !== undefined) return page;
  const [browser, window] = asked;
  const titles = await Promise.all(browser.pages.map((each) => each.title().catch(() => '')));
  throw new BotError(
    `The browser has no page with the title "${excerpt(wantedOf(window).title)}". Open are ${titles.map((title) => `"${excerpt(title)}"`).join(', ') || 'none'}.`,
  );
};

interface Wanted {
  readonly handle: string;
  readonly title: string;
  readonly url: string;
}

const wantedOf = (window: BotValue | undefined): Wanted => {
  if (typeof window === 'string') return { handle: '', title: window.replace(BROWSER_SUFFIX, ''), url: '' };
  const inner = window instanceof Map ? window.get('window') : undefined;
  const member = (name: string) => (inner instanceof Map ? asText(inner.get(name)) : '');
  return { handle: member('handle'), title: member('name').replace(BROWSER_SUFFIX, ''), url: member('browserTabUrl') };
};

const find = async (browser: RunBrowser, { handle, title, url }: Wanted): Promise<Page | undefined> => {
  const { pages } = browser;
  if (title === '' && url === '' && handle === '') return pages[0];
  const same = pages.find((page) => handle !== '' && browser.nameOf(page) === handle);
  if (same !== undefined) return same;
  if (title !== '') {
    for (const page of pages) {
      if (fitsWildcard(await page.title().catch(() => ''), title)) return page;
    }
  }
  return pages.find((page) => url !== '' && withoutQuery(page.url()) === withoutQuery(url));
};

const withoutQuery = (url: string): string => url.replace(/[?#].*$/, '').replace(/\/$/, '');
