import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BotOpaque, type BotValue } from '@signalbox/taskbot';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../src/browser/find-browser.ts';
import { createOutgoingRules } from '../src/index.ts';
import { hasBrowser, site } from './browser-site.ts';
import { serve, type TestServer } from './network-support.ts';
import { act, type TestHost, testHost } from './support.ts';

const skipped = hasBrowser() ? '' : ' (skipped: no Chrome, Edge or Chromium on this machine)';
let server: TestServer;
/** One of whom the rules keep bots away. */
let forbidden: TestServer;
let host: TestHost;
/** A script of a page has called the site. */
const begun = Promise.withResolvers<void>();
const hosts: TestHost[] = [];

beforeAll(async () => {
  server = await site((_request, answer) => {
    begun.resolve();
    answer.end();
  });
  forbidden = await serve((_request, answer) => answer.end('secret'));
});
afterAll(async () => {
  await Promise.all([server.close(), forbidden.close()]);
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((one) => one.end()));
});

const newHost = (): TestHost => {
  host = {
    ...testHost(),
    outgoing: createOutgoingRules({
      allow: ['loopback'],
      denyEndpoints: [{ address: '127.0.0.1', port: forbidden.port }],
    }),
  };
  hosts.push(host);
  return host;
};
const open = (path: string, more: Record<string, BotValue> = {}) =>
  act('Browser.openbrowser', { url: `${server.url}${path}`, ...more }, host);
const script = async (text: string, more: Record<string, BotValue> = {}) =>
  act('Browser.RunJavaScript', { script: text, ...more }, host);
const window = (name: string) => new BotOpaque('WINDOW', [['window', new Map([['name', name]])]]);

describe.skipIf(skipped !== '')(`Browser${skipped}`, () => {
  it('opens pages, finds them by title, goes back and closes them', async () => {
    newHost();
    const first = await open('/');
    await open('/second');
    expect(await script('document.title')).toBe('Second');
    expect(await script('return document.title', { windowValue: window('ord* - Google Chrome') })).toBe('Orders');
    await open('/second', { openOption: 'EXISTING_TAB', existingWinTab: window('Orders') });
    await act('Browser.goBack', { window: first ?? null }, host);
    expect(await script('document.title', { windowValue: first ?? null })).toBe('Orders');
    expect(await act('Browser.getSourceCode', {}, host)).toContain('<input id="user"');
    await act('Browser.close', { whatToClose: 'Window', tabWindowValue: window('Second') }, host);
    await expect(script('1', { windowValue: window('Second'), timeoutValue: 0 })).resolves.toBe('1');
    await act('Browser.close', { whatToClose: 'AllBrowsers' }, host);
    await expect(script('1')).rejects.toThrow(/No browser is open/);
  });

  it('runs programs, bodies and functions, and gives structures as JSON', async () => {
    newHost();
    await open('/');
    expect(await script('const a = 2; a * 21')).toBe('42');
    expect(await script('function (a, b) { return [a, b] }', { parameters: ['x', 1] })).toBe('["x",1]');
    expect(await script('(function () { return 5 })()')).toBe('5');
    expect(await script('document.body = 1; throw new Error("no")').catch(String)).toMatch(/script failed/);
    await expect(script('return (')).rejects.toThrow(/not JavaScript/);
  });

  it('keeps to the rules: the page itself, where it redirects, and every part of it', async () => {
    newHost();
    await expect(open(`/away?to=${forbidden.url}/x`)).rejects.toThrow(/is refused: port \d+ of 127.0.0.1 is closed/);
    await expect(act('Browser.openbrowser', { url: forbidden.url }, host)).rejects.toThrow(/is refused/);
    await open(`/picture?of=${encodeURIComponent(forbidden.url)}`);
    await script(`await fetch('${forbidden.url}', { mode: 'no-cors' }); return 1`).catch(() => undefined);
    expect(forbidden.connections()).toBe(0);
    expect(host.lines.join()).toContain('The browser was kept from a place');
  });

  it('says why of the place that was asked for, whatever else is refused meanwhile', async () => {
    newHost();
    const other = encodeURIComponent('http://unknown.invalid/picture');
    await open(`/picture?of=${other}`);
    await expect(open(`/away?to=${forbidden.url.replace('http:', 'https:')}/x`)).rejects.toThrow(
      /is refused: port \d+ of 127.0.0.1 is closed/,
    );
    await expect(open('/away?to=https://unknown.invalid/x')).rejects.toThrow(/"unknown.invalid" was not found/);
  });

  it('keeps what the browser wants for itself out of the log', async () => {
    newHost();
    await open('/');
    await script('await new Promise((done) => setTimeout(done, 2000)); return 1');
    expect(host.lines.join()).not.toContain('kept from a place');
  });

  it('does not open files of the device', async () => {
    newHost();
    await expect(act('Browser.openbrowser', { url: 'file:///etc/passwd' }, host)).rejects.toThrow(/web address/);
  });

  it('opens nothing where a run may call nobody', async () => {
    newHost();
    const { outgoing: _none, ...alone } = host;
    await expect(act('Browser.openbrowser', { url: server.url }, alone)).rejects.toThrow(/no calls over the network/);
  });

  it('fetches files with the log-in of the browser', async () => {
    newHost();
    await open('/');
    await act('Browser.downloadFile', { url: `${server.url}/file.csv`, filePath: 'out/file.csv' }, host);
    expect(readFileSync(join(host.folder, 'out/file.csv'), 'utf8')).toBe('seat\n12\n');
  });

  it('ends with the run', async () => {
    newHost();
    await open('/');
    await host.end();
    await expect(script('1')).rejects.toThrow(/No browser is open/);
  });

  it('stops waiting when the run is stopped', async () => {
    newHost();
    await open('/');
    const waiting = script('await fetch("/begun"); await new Promise(() => {}); return 1');
    await begun.promise;
    host.stop();
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});

describe.skipIf(skipped !== '')(`WebAutomation${skipped}`, () => {
  const web = (name: string, input: Record<string, BotValue> = {}) =>
    act(`WebAutomation.${name}`, { sessionName: 'shop', ...input }, host);

  it('opens a page in a session, types, clicks and reads', async () => {
    newHost();
    await web('StartSessionWebAutomation', { width: 800, height: 600 });
    await web('openpage', { url: server.url });
    expect(await web('pageloaded')).toBe(true);
    await web('setvalueelement', { search: 'user', type: 'ID', value: 'grace' });
    await web('clickelement', { search: "//button[@id='send']" });
    expect(await web('gettextelement', { search: 'sent', type: 'ID' })).toBe('grace/0');
    expect(await web('getvalueelement', { search: 'user', type: 'NAME' })).toBe('grace');
    expect(await web('getvalueelement', { search: 'Second page', type: 'LINKTEXT', attribute: 'href' })).toBe(
      '/second',
    );
    expect(await web('executejs', { js: 'return innerWidth' })).toBe('800');
    await expect(web('clickelement', { search: 'nowhere', type: 'ID', timeout: 0 })).rejects.toThrow(
      /no element with ID/,
    );
    await web('EndSessionWebAutomation');
    await expect(async () => web('executejs', { js: '1' })).rejects.toThrow(/no open WebAutomation session/);
  });

  it('keeps its pages from those of Browser, in one browser', async () => {
    newHost();
    await web('StartSessionWebAutomation');
    await web('openpage', { url: `${server.url}/second` });
    await open('/');
    expect(await script('document.title')).toBe('Orders');
    expect(await web('executejs', { js: 'document.title' })).toBe('Second');
    await expect(async () => web('openpage', { url: forbidden.url })).rejects.toThrow(/is refused/);
  });
});

describe('the browser of a device', () => {
  it('is the one that the environment names, or none', () => {
    expect(findBrowser('CHROME', { SIGNALBOX_BROWSER_PATH: process.execPath })).toBe(process.execPath);
    expect(() => findBrowser('CHROME', { SIGNALBOX_BROWSER_PATH: '/nowhere/chrome' })).toThrow(
      /SIGNALBOX_BROWSER_PATH/,
    );
    expect(() => findBrowser('CHROME', { PATH: '/nowhere' })).toThrow(/has no Chrome/);
  });
});
