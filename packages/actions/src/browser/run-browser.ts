import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BotError, BotSession, type Host, StoreKey } from '@signalbox/taskbot';
import type { Browser, BrowserContext, Dialog, Download, Page } from 'playwright-core';
import { excerpt } from '../support/text.ts';
import { untilStopped } from '../support/until-stopped.ts';
import { findBrowser } from './find-browser.ts';
import { type Gate, openGate } from './gate.ts';

const LAUNCH_MS = 30_000;

/** The browser of one run: its windows are pages, the newest first to be meant when a bot names none. */
export class RunBrowser {
  readonly gate: Gate;
  readonly #browser: Browser;
  readonly #host: Host;
  readonly #pages: Page[] = [];
  readonly #names = new Map<Page, string>();
  #context: BrowserContext | undefined;
  #opened = 0;

  constructor(browser: Browser, gate: Gate, host: Host) {
    this.#browser = browser;
    this.gate = gate;
    this.#host = host;
  }

  get isOpen(): boolean {
    return this.#browser.isConnected();
  }

  /** The open pages of Browser and Recorder, the newest first. Those of Web Automation sessions are their own. */
  get pages(): readonly Page[] {
    return this.#pages.filter((page) => !page.isClosed());
  }

  /** By which a WINDOW value finds its page again, whatever its title has become. */
  nameOf(page: Page): string {
    return this.#names.get(page) ?? '';
  }

  async newPage(): Promise<Page> {
    if (this.#context === undefined) {
      this.#context = await this.newContext();
      this.#context.on('page', (page) => this.#know(page));
    }
    return this.#context.newPage();
  }

  /** A profile of its own: no cookies of others. */
  async newContext(viewport?: { readonly width: number; readonly height: number }): Promise<BrowserContext> {
    const context = await this.#browser.newContext({
      acceptDownloads: true,
      proxy: throughAll(this.gate.url),
      ...(viewport === undefined ? {} : { viewport }),
    });
    context.on('dialog', (dialog) => this.#accept(dialog));
    context.on('page', (page) => {
      page.on('download', (download) => void this.#keepDownload(download));
    });
    return context;
  }

  /** Pages that pages open are pages of the bot's as well. */
  #know(page: Page): void {
    this.#names.set(page, `page-${++this.#opened}`);
    this.#pages.unshift(page);
    page.on('close', () => {
      this.#pages.splice(this.#pages.indexOf(page), 1);
      this.#names.delete(page);
    });
  }

  /** What the bot's own profile would send to an address. */
  async cookieHeader(url: string): Promise<string> {
    const cookies = (await this.#context?.cookies(url)) ?? [];
    return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  toFront(page: Page): void {
    const at = this.#pages.indexOf(page);
    if (at > 0) this.#pages.unshift(...this.#pages.splice(at, 1));
  }

  async close(): Promise<void> {
    try {
      await this.#browser.close();
    } finally {
      this.gate.close();
    }
  }

  /** Nobody is there to press OK, and a page waits for it with everything. */
  async #accept(dialog: Dialog): Promise<void> {
    this.#host.log('info', `The page showed a box, answered with OK: "${excerpt(dialog.message())}"`);
    await dialog.accept(dialog.defaultValue()).catch(() => undefined);
  }

  /** What a page gives to keep lands in the run's folder, under the name that the page suggests. */
  async #keepDownload(download: Download): Promise<void> {
    const folder = this.#host.run.workFolder;
    if (folder === undefined) return;
    const path = join(folder, 'Downloads', basename(download.suggestedFilename()));
    try {
      await mkdir(join(folder, 'Downloads'), { recursive: true });
      await download.saveAs(path);
      this.#host.log('info', `The browser saved "${path}".`);
    } catch {
      this.#host.log('warn', `The browser did not save "${path}".`);
    }
  }
}

const BROWSER = new StoreKey<{ opening: Promise<RunBrowser> | undefined }>('browser', () => ({ opening: undefined }));

/** The run's browser, started when the first action needs it and closed when the run ends, whatever happens. */
export const runBrowser = async (
  host: Host,
  options: { readonly browser?: string; readonly visible?: boolean } = {},
): Promise<RunBrowser> => {
  const slot = host.store.of(BROWSER);
  const there = await slot.opening;
  if (there?.isOpen) return there;
  slot.opening = start(host, options.browser ?? 'DEFAULT', options.visible === true);
  slot.opening.catch(() => {
    slot.opening = undefined;
  });
  return untilStopped(slot.opening, host.signal);
};

/** The browser that is open already, if one is. */
export const browserIfOpen = async (host: Host): Promise<RunBrowser | undefined> => {
  const browser = await host.store.of(BROWSER).opening;
  return browser?.isOpen ? browser : undefined;
};

/** The same, where there must be one. */
export const openBrowserOf = async (host: Host): Promise<RunBrowser> => {
  const browser = await browserIfOpen(host);
  if (browser !== undefined) return browser;
  throw new BotError('No browser is open in this run. Open a page with "Browser: Open" in a line before this one.');
};

export const closeBrowser = async (host: Host): Promise<void> => {
  const slot = host.store.of(BROWSER);
  const browser = await slot.opening;
  slot.opening = undefined;
  if (browser?.isOpen) await browser.close();
};

/** A proxy for every address, this machine's own included. */
const throughAll = (server: string) => ({ server, bypass: '<-loopback>' });

const start = async (host: Host, wanted: string, visible: boolean): Promise<RunBrowser> => {
  const executablePath = findBrowser(wanted);
  if (!['CHROME', 'EDGE', 'DEFAULT'].includes(wanted.toUpperCase())) {
    host.log('warn', `Robots have no ${wanted.slice(0, 40)}; the bot goes on with the device's own browser.`);
  }
  const hasScreen = process.platform === 'win32' || process.platform === 'darwin' || process.env.DISPLAY !== undefined;
  const { chromium } = await import('playwright-core');
  const gate = await openGate(host);
  try {
    const browser = await chromium.launch({
      executablePath,
      headless: !(visible && hasScreen),
      timeout: LAUNCH_MS,
      // Pages get the gate with their profile; what the browser wants for itself goes nowhere.
      proxy: throughAll(gate.walled),
      args: [
        '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
        '--dns-prefetch-disable',
        '--disable-quic',
        // Chromium's own sandbox does not start for root, as in containers.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
      // What ends the process is the runner's affair; the browser goes with its pipe.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    const made = new RunBrowser(browser, gate, host);
    host.sessions.keep(new BotSession('Browser', made, () => made.close()));
    return made;
  } catch (cause) {
    gate.close();
    const [why = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new BotError(`The browser "${executablePath}" did not start: ${why}`, { cause });
  }
};
