import { BotError, type Host } from '@signalbox/taskbot';
import type { Frame, Locator, Page } from 'playwright-core';
import { findElement } from '../browser/element.ts';
import { pageWork } from '../browser/page-work.ts';
import { browserIfOpen, openBrowserOf } from '../browser/run-browser.ts';
import { pageIfOpen, pageOf } from '../browser/window.ts';
import { excerpt } from '../support/text.ts';
import { pause } from '../support/wait-until.ts';
import { fitsWildcard } from '../support/wildcard.ts';
import type { CapturedControl } from './captured-control.ts';
import { propertyIn } from './property.ts';

/** Criteria that an element itself can answer; those of frames and of accessibility are others. */
const OF_ELEMENTS = ['tag', 'id', 'name', 'type', 'innertext', 'value', 'title', 'href', 'class'];

const POLL_MS = 100;

/** The element that a capture means, undefined when it is not there within the seconds, for want of a page or of it. */
export const findControl = async (
  control: CapturedControl,
  seconds: number,
  host: Host,
): Promise<Locator | undefined> => {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const browser = await browserIfOpen(host);
    // The page is chosen anew each time: the one that is meant may be about to open, or to get its title.
    const page = browser && (await pageIfOpen(browser, control.window, 0, host));
    const found = page && (await findIn(page, control, host));
    if (found !== undefined || performance.now() >= end || host.signal.aborted) return found;
    await pause(POLL_MS, host);
  }
};

export const requireControl = async (control: CapturedControl, seconds: number, host: Host): Promise<Locator> => {
  await openBrowserOf(host);
  const found = await findControl(control, seconds, host);
  if (found !== undefined) return found;
  await pageOf(await openBrowserOf(host), control.window, 0, host);
  throw new BotError(
    `The page has no control "${excerpt(control.domXPath)}" that fits its criteria (looked for ${seconds} s). Give it more time to wait, or capture it again.`,
  );
};

/**
 * By its DOMXPath, and among several by the other enabled criteria, blanks at their ends and letter case aside, `*` and
 * `?` as wildcards.
 */
const findIn = (page: Page, control: CapturedControl, host: Host): Promise<Locator | undefined> => {
  const criteria = OF_ELEMENTS.flatMap((name) => {
    const value = control.criteria.get(`html ${name}`);
    return value === undefined || value === '' ? [] : [{ name, value: flat(value) }];
  });
  const query = {
    selector: `xpath=${control.domXPath}`,
    fits: async (element: Locator) => {
      for (const { name, value } of criteria) {
        if (!fitsWildcard(flat(await element.evaluate(propertyIn, name)), value)) return false;
      }
      return true;
    },
    isLikely: likelyFrame(control.criteria),
  };
  return pageWork(`The control "${excerpt(control.domXPath)}" cannot be looked for`, host, () =>
    findElement(page, query, 0, host),
  );
};

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** FrameSrc is the frame's address, whole or from its host on; FramePath is read differently by each browser. [inferred] */
const likelyFrame =
  (criteria: ReadonlyMap<string, string>) =>
  (frame: Frame): boolean => {
    const source = criteria.get('html framesrc') ?? '';
    return source !== '' && frame.parentFrame() !== null && frame.url().includes(source);
  };
