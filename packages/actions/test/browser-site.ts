import type { RequestListener } from 'node:http';
import { findBrowser } from '../src/browser/find-browser.ts';
import { serve, type TestServer } from './network-support.ts';

/** Whether this machine has a browser to test with. Where it has none, the tests say that they are skipped. */
export const hasBrowser = (): boolean => {
  try {
    findBrowser('DEFAULT');
    return true;
  } catch {
    return false;
  }
};

const page = (title: string, body: string) =>
  `<!doctype html><html><head><title>${title}</title></head><body>${body}</body></html>`;

const FORM = `
  <form onsubmit="return false">
    <input id="user" name="user" type="text" value="ada">
    <input id="secret" type="password">
    <input id="keep" type="checkbox">
    <input name="size" type="radio" value="s"><input name="size" type="radio" value="l">
    <select id="city"><option value="b">Berlin</option><option value="p">Porto Alegre</option></select>
    <button id="send" type="button" onclick="
      const s = document.querySelector('#secret').value;
      document.querySelector('#sent').textContent = document.querySelector('#user').value + '/' + s.length;
    ">Send</button>
    <button id="ask" type="button" onclick="document.querySelector('#sent').textContent = String(confirm('Sure?'))">Ask</button>
  </form>
  <p id="sent">nothing yet</p>
  <a id="next" href="/second">Second page</a>
  <a href="/file.csv" download>File</a>
  <button class="twin">one</button><button class="twin" name="right">two</button>
  <table id="rows"><tr><th>Name</th><th>Sum</th></tr><tr><td>Ada</td><td>1,5</td></tr><tr><td>Bob "B"</td><td>2</td></tr></table>
  <script>setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<div id="late">late</div>'), 300)</script>`;

const PAGES: Readonly<Record<string, string>> = {
  '/': page('Orders', FORM),
  '/second': page('Second', '<h1>Second</h1>'),
  '/frames': page('Frames', '<iframe src="/inner" name="inside"></iframe>'),
  '/inner': page('Inner', '<button id="deep" onclick="this.textContent = \'pressed\'">Press</button>'),
};

/** A site of forms, tables, frames and boxes; `/away?to=` redirects, `/picture?of=` shows a picture of elsewhere. */
export const site = (extra: RequestListener = (_request, answer) => answer.writeHead(404).end()): Promise<TestServer> =>
  serve((request, answer) => {
    const url = new URL(request.url ?? '/', 'http://site.test');
    const html = PAGES[url.pathname];
    if (html !== undefined) answer.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'seat=12' }).end(html);
    else if (url.pathname === '/away') answer.writeHead(302, { location: url.searchParams.get('to') ?? '/' }).end();
    else if (url.pathname === '/picture') {
      answer
        .writeHead(200, { 'content-type': 'text/html' })
        .end(page('Picture', `<img src="${url.searchParams.get('of')}">`));
    } else if (url.pathname === '/file.csv') {
      const seat = /seat=(\d+)/.exec(request.headers.cookie ?? '')?.[1] ?? 'nobody';
      answer.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment' }).end(`seat\n${seat}\n`);
    } else extra(request, answer);
  });
