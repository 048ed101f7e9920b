import type { Host } from '@signalbox/taskbot';
import type { Frame, Locator, Page } from 'playwright-core';
import { pause } from '../support/wait-until.ts';

const POLL_MS = 100;

/** As much of a page's element as the functions need that run in the page; the types of a whole browser stay out. */
export interface PageElement {
  readonly tagName: string;
  readonly innerText?: string;
  readonly textContent: string | null;
  value?: string;
  checked?: boolean;
  readonly options?: ArrayLike<{ readonly text: string; readonly value: string }>;
  readonly selectedIndex?: number;
  readonly rows?: ArrayLike<{ readonly cells: ArrayLike<PageElement> }>;
  readonly children: ArrayLike<PageElement>;
  getAttribute(name: string): string | null;
  click(): void;
}

export interface ElementQuery {
  /** A selector of the page library, with its engine: `xpath=//a`. */
  readonly selector: string;
  /** Chooses among what the selector finds; all when absent. */
  readonly fits?: (element: Locator) => Promise<boolean>;
  /** Frames that are asked first. */
  readonly isLikely?: (frame: Frame) => boolean;
}

/**
 * Looks in the page and in all its frames until it is there: paths of captured controls begin at their own frame's
 * document. Undefined when the time is up.
 *
 * @throws what the page library says of a selector that is none
 */
export const findElement = async (
  page: Page,
  query: ElementQuery,
  seconds: number,
  host: Host,
): Promise<Locator | undefined> => {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    for (const frame of framesOf(page, query.isLikely)) {
      const found = await findIn(frame, query);
      if (found !== undefined) return found;
    }
    if (performance.now() >= end || host.signal.aborted) return undefined;
    await pause(POLL_MS, host);
  }
};

const framesOf = (page: Page, isLikely: (frame: Frame) => boolean = () => false): Frame[] => {
  const frames = page.frames();
  return [...frames.filter(isLikely), ...frames.filter((frame) => !isLikely(frame))];
};

const findIn = async (frame: Frame, { selector, fits }: ElementQuery): Promise<Locator | undefined> => {
  const all = frame.locator(selector);
  let count: number;
  try {
    count = await all.count();
  } catch (cause) {
    // A frame that goes away while it is asked, as pages load, holds nothing.
    if (cause instanceof Error && /detached|destroyed|navigat|closed/i.test(cause.message)) return undefined;
    throw cause;
  }
  for (let at = 0; at < count; at++) {
    const one = all.nth(at);
    if (fits === undefined || (await fits(one).catch(() => false))) return one;
  }
  return undefined;
};
