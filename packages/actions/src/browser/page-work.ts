import { BotError, type Host } from '@signalbox/taskbot';
import type { Page, Request } from 'playwright-core';
import { allowedAddresses, portOf } from '../network/index.ts';
import { untilStopped } from '../support/until-stopped.ts';
import { REFUSAL_HEADER } from './gate.ts';
import type { RunBrowser } from './run-browser.ts';

/** Escapes that colour a terminal. */
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

/**
 * Something a page shall do, stopped with the run. Of the library's message only the first line is told: the rest
 * repeats what was typed.
 */
export const pageWork = async <T>(doing: string, host: Host, work: () => Promise<T>): Promise<T> => {
  try {
    return await untilStopped(work(), host.signal);
  } catch (cause) {
    if (cause instanceof BotError || host.signal.aborted) throw cause;
    const [why = ''] = (cause instanceof Error ? cause.message : String(cause)).replaceAll(COLOURS, '').split('\n');
    throw new BotError(`${doing}: ${why.replace(/^(?:\w+\.\w+: )+/, '')}`);
  }
};

/** A web address that the bot may open, found out before there is a browser. */
export const judgedAddress = async (given: string, host: Host): Promise<URL> => {
  const url = webAddress(given);
  await allowedAddresses(url.hostname, portOf(url), host);
  return url;
};

/** Opens an address in a page. Where it leads on its way is judged by the gate. */
export const visit = async (browser: RunBrowser, page: Page, url: URL, seconds: number, host: Host): Promise<void> => {
  // A query may carry a secret.
  const shown = url.origin + url.pathname;
  const refusal = (at: URL) => new BotError(browser.gate.refusalOf(at) ?? `${at.host} is refused.`);
  let failed = url;
  const onFailed = (request: Request): void => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) failed = new URL(request.url());
  };
  page.on('requestfailed', onFailed);
  await pageWork(`${shown} did not open`, host, async () => {
    let answer: Awaited<ReturnType<Page['goto']>>;
    try {
      answer = await page.goto(url.href, { timeout: Math.max(1, seconds) * 1000 });
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : '';
      if (message.includes('Download is starting')) return;
      throw /TUNNEL|PROXY/.test(message) && browser.gate.refusalOf(failed) !== undefined ? refusal(failed) : cause;
    } finally {
      page.off('requestfailed', onFailed);
    }
    if (answer?.headers()[REFUSAL_HEADER] !== undefined) throw refusal(new URL(answer.url()));
  });
};

/** As an address bar takes it: without a scheme it is http. Files of the device are not pages. */
const webAddress = (given: string): URL => {
  const text = given.trim();
  const url = URL.parse(/^[a-z][a-z\d+.-]*:(?!\d)/i.test(text) ? text : `http://${text}`);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new BotError(
    'Expected a web address such as https://example.com, but got something else. Check the variables.',
  );
};
