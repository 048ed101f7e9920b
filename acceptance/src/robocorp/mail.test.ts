import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../../apps/control-room/test-support/server.ts';
import { type ProcessEstate, startProcessEstate, type TestProcess } from '../support/processes-by-hand.ts';

/** Contract robocorp §8.4: mails that come to a process. */
let estate: ProcessEstate;
let server: TestServer;
let { get, newProcess } = {} as ProcessEstate;
let process: TestProcess;

beforeAll(async () => {
  estate = await startProcessEstate();
  ({ server, get, newProcess } = estate);
  process = await newProcess();
});
afterAll(() => server?.stop());

/** As a pipe of a mail server delivers it, with a key. */
const deliver = (mail: string | Buffer, query = '', to = process, key = estate.key) =>
  estate.workspace.call(key, 'POST', `/processes/${to.id}/mail${query}`, {
    body: mail,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });

async function itemOf(mail: string | Buffer, query = '?start=false') {
  const { status, body } = await deliver(mail, query);
  expect(status, JSON.stringify(body)).toBe(200);
  return { ...(await get(`/work-items/${body.work_item_id}`)), delivered: body };
}

async function contentOf(itemId: string, name: string): Promise<string> {
  const { files } = await get(`/work-items/${itemId}`);
  const { download } = files.find((file: { name: string }) => file.name === name);
  return (await fetch(download.url)).text();
}

const namesOf = (item: { files: { name: string }[] }) => item.files.map(({ name }) => name);
const lines = (...all: string[]) => `${all.join('\r\n')}\r\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const attachment = (headers: string, text = 'content') =>
  lines('--b', headers, 'Content-Transfer-Encoding: base64', '', base64(text));
const pdf = (name: string, text?: string) =>
  attachment(`Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="${name}"`, text);
const mixed = (...parts: string[]) =>
  lines('From: ada@example.com', 'Subject: files', 'Content-Type: multipart/mixed; boundary=b', '') +
  `${parts.join('')}--b--\r\n`;

const INVOICE = `${lines(
  'From: =?utf-8?B?w4RkYQ==?= <ada@example.com>',
  'To: Robots: <in@example.com>, "Bo, B." <bo@example.com>;',
  'Cc: <cc@example.com>',
  'Reply-To: Ada Office <office@example.com>',
  'Subject: =?iso-8859-1?Q?Rechnung_f=FCr_Mai?=',
  'Date: Mon, 2 Nov 2026 10:15:00 +0100',
  'Message-ID: <17@example.com>',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: multipart/alternative; boundary=a',
  '',
  '--a',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Pay, please.',
  '--a',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>Pay, <b>please</b>.</p>',
  '--a--',
)}${pdf('invoice.pdf', 'an invoice')}--b--\r\n`;

describe('a mail', () => {
  it('becomes a work item with which a run begins', async () => {
    const { status, body } = await deliver(INVOICE);
    expect(status).toBe(200);
    expect(body).toEqual({ work_item_id: expect.any(String), started: true, id: expect.any(String), errors: [] });
    expect(await get(`/process-runs/${body.id}`)).toMatchObject({ started_by: { type: 'email', details: null } });
    const item = await get(`/work-items/${body.work_item_id}`);
    expect(item.payload).toEqual({
      email: {
        from: { address: 'ada@example.com', name: 'Äda' },
        to: [
          { address: 'in@example.com', name: '' },
          { address: 'bo@example.com', name: 'Bo, B.' },
        ],
        cc: [{ address: 'cc@example.com', name: '' }],
        bcc: [],
        replyTo: { address: 'office@example.com', name: 'Ada Office' },
        subject: 'Rechnung für Mai',
        date: '2026-11-02T09:15:00.000Z',
        messageId: '<17@example.com>',
        text: expect.stringMatching(/^Pay, please\.\s*$/),
      },
    });
    expect(namesOf(item)).toEqual(['__mail.html', 'invoice.pdf', '__raw_mail']);
    expect(await contentOf(item.id, '__raw_mail')).toBe(INVOICE);
    expect(await contentOf(item.id, 'invoice.pdf')).toBe('an invoice');
    expect(await contentOf(item.id, '__mail.html')).toContain('<b>please</b>');

    const robot = await estate.nextRobot();
    expect((await robot.data()).body).toEqual(item.payload);
    await robot.end();
  });

  it('waits in the input of the process where that is wanted, by the call or by the process', async () => {
    const quiet = await newProcess();
    const set = await estate.workspace.extension('PUT', `/processes/${quiet.id}`, { body: { mail: { start: false } } });
    expect(set.body.mail).toEqual({ parse: true, start: false });
    const { body } = await deliver(INVOICE, '', quiet);
    expect(body).toMatchObject({ started: false });
    expect((await get(`/work-items/${body.work_item_id}`)).state).toBe('new');
    expect((await deliver(INVOICE, '?start=true', quiet)).body.started).toBe(true);
    expect((await deliver(INVOICE, '?start=false')).body.started).toBe(false);
  });

  it('is put into the item as it is where the process does not have it read', async () => {
    const { body: made } = await estate.workspace.extension('POST', '/processes', {
      body: {
        name: 'raw',
        mail: { parse: false, start: false },
        steps: [{ name: 'a', taskPackageId: estate.packageId, taskName: 'Main' }],
      },
    });
    const { body } = await deliver(INVOICE, '', made);
    const item = await get(`/work-items/${body.work_item_id}`);
    expect(item.payload).toEqual({ rawEmail: INVOICE });
    expect(namesOf(item)).toEqual(['__raw_mail']);
  });

  it('that is delivered twice under one key is one item', async () => {
    const twice = () =>
      estate.workspace.call(estate.key, 'POST', `/processes/${process.id}/mail?start=false`, {
        body: INVOICE,
        headers: { 'content-type': 'message/rfc822', 'idempotency-key': 'invoice 17' },
      });
    const [first, second] = [await twice(), await twice()];
    expect(first.status, first.text).toBe(200);
    expect(second.body).toEqual(first.body);
  });

  it('that does not fit the columns of the queue is there, as an item that has failed', async () => {
    const post = (path: string, body: object) => server.call('POST', path, { token: server.admin, body });
    const columns = [{ name: 'email', type: 'NUMBER', isRequired: false }];
    const model = await post('/v3/wlm/workitemmodels', { name: 'Numbers', attributes: columns });
    const queue = await post('/v3/wlm/queues', { name: 'Numbers', workItemModelId: model.body.id });
    const over = await newProcess([{ queueId: Number(queue.body.id) }]);
    const { status, body } = await deliver(INVOICE, '', over);
    expect(status, JSON.stringify(body)).toBe(200);
    await estate.inState(body.id, 'unresolved');
    const item = await get(`/work-items/${body.work_item_id}`);
    expect(item).toMatchObject({ state: 'failed', process_run: { id: body.id } });
    expect(namesOf(item)).toContain('__raw_mail');
  });

  it('comes from members of the workspace as well, and from nobody else', async () => {
    const deliverAs = (token: string) =>
      server.call('POST', `/signalbox/v1/workspaces/${estate.workspace.id}/processes/${process.id}/mail?start=false`, {
        token,
        body: INVOICE,
        headers: { 'content-type': 'message/rfc822' },
      });
    expect((await deliverAs(server.admin)).body).toEqual({
      workItemId: expect.any(String),
      started: false,
      processRunId: null,
      errors: [],
    });
    expect((await deliverAs((await server.user([])).token)).status).toBe(404);
    const reader = await estate.workspace.key('Processes.read_processes');
    expect((await deliver(INVOICE, '', process, reader)).status).toBe(403);
  });

  it.each([
    ['nothing', '', 400],
    ['more than 40 MB', Buffer.alloc(40_000_001, 'a'), 413],
  ])('of %s is refused', async (_what, mail, status) => {
    expect((await deliver(mail)).status).toBe(status);
  });
});

describe('a mail that is not as it should be', () => {
  it.each([
    ['is no mail', 'just some words'],
    ['is bytes', Buffer.from([0, 255, 254, 0, 13, 10, 13, 10, 200])],
    ['has a header only', 'Subject: x'],
    ['has no date that can be read', lines('Date: yesterday', 'From: nobody at all', '', 'x')],
    ['names an unknown charset', lines('Content-Type: text/plain; charset=klingon', '', 'x')],
    ['ends in the middle of a part', lines('Content-Type: multipart/mixed; boundary=b', '', '--b', '')],
    ['has NULs', lines('Subject: a\0b', '', 'c\0d')],
  ])('has the fields that robots insist on when it %s', async (_what, mail) => {
    const { payload, delivered } = await itemOf(mail);
    expect(payload.email).toMatchObject({
      from: { address: expect.any(String), name: expect.any(String) },
      to: [],
      cc: [],
      bcc: [],
      subject: expect.any(String),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(delivered.errors).toEqual([]);
  });

  it('gives its attachments names that are safe, and each its own', async () => {
    const item = await itemOf(
      mixed(
        pdf('../../etc/passwd', 'one'),
        pdf('C:\\Windows\\x.exe', 'two'),
        pdf('a.pdf', 'three'),
        pdf('A.PDF', 'four'),
        pdf('a-2.pdf', 'five'),
        pdf('__raw_mail', 'six'),
        pdf('..', 'seven'),
        pdf('invoice\u202efdp.exe', 'eight'),
        attachment('Content-Type: application/octet-stream', 'nine'),
        pdf(`${'long'.repeat(200)}.pdf`, 'ten'),
      ),
    );
    const names = namesOf(item);
    expect(names).toEqual([
      '_.._etc_passwd',
      'C_Windowsx.exe',
      'a.pdf',
      'A-2.PDF',
      'a-2-2.pdf',
      '__raw_mail-2',
      'attachment',
      'invoicefdp.exe',
      'attachment-2',
      `${'long'.repeat(30)}.pdf`,
      '__raw_mail',
    ]);
    expect(await contentOf(item.id, '__raw_mail-2')).toBe('six');
  });

  it('keeps a message within it as a file', async () => {
    const item = await itemOf(
      mixed(
        lines(
          '--b',
          'Content-Type: message/rfc822',
          '',
          INVOICE.replace('boundary=b', 'boundary=c').replaceAll('\n--b', '\n--c'),
        ),
      ),
    );
    expect(namesOf(item)).toEqual(['message.eml', '__raw_mail']);
    expect(item.payload.email.subject).toBe('files');
  });

  it('with a long text has the whole of it in a file', async () => {
    const item = await itemOf(lines('Subject: long', '', 'word '.repeat(100_000)));
    expect(item.payload.email.text).toHaveLength(200_000);
    expect(namesOf(item)).toEqual(['__mail.txt', '__raw_mail']);
  });

  it('with too many attachments says which are only in the raw message', async () => {
    const item = await itemOf(mixed(...Array.from({ length: 103 }, (_, i) => pdf(`${i}.pdf`))));
    expect(item.payload).toEqual({
      failedEmail: expect.objectContaining({ subject: 'files' }),
      errors: [{ message: expect.stringContaining('103 attachments'), files: ['100.pdf', '101.pdf', '102.pdf'] }],
    });
    expect(item.files).toHaveLength(101);
    expect(item.delivered.errors).toEqual([item.payload.errors[0].message]);
  });

  it.each([
    ['parts within parts', () => nested(60)],
    ['a header without end', () => `X-Long: ${'a'.repeat(300_000)}\r\n`],
  ])('with %s keeps what its header says, and the raw message', async (_what, more) => {
    const item = await itemOf(`Subject: bomb\r\nFrom: eve@example.com\r\n${more()}`);
    expect(item.payload).toEqual({
      failedEmail: expect.objectContaining({
        subject: 'bomb',
        from: { address: 'eve@example.com', name: '' },
        date: expect.any(String),
      }),
      errors: [{ message: expect.stringContaining('could not be read') }],
    });
    expect(namesOf(item)).toEqual(['__raw_mail']);
  });

  it('with more recipients than fit says so', async () => {
    const item = await itemOf(lines(`To: ${'a@b,'.repeat(1_000)}`, '', 'x'));
    expect(item.payload.failedEmail.to).toHaveLength(500);
    expect(item.payload.errors).toEqual([{ message: expect.stringContaining('1000 recipients') }]);
  });

  it('of 39 million empty lines costs neither the server nor anybody’s time', async () => {
    const slow = itemOf(Buffer.concat([Buffer.from('Subject: lines\r\n\r\n'), Buffer.alloc(39_000_000, '\n')]));
    expect((await itemOf(INVOICE)).payload.email.subject).toBe('Rechnung für Mai');
    const { payload } = await slow;
    expect(payload.failedEmail.subject).toBe('lines');
    expect(payload.errors).toEqual([{ message: expect.stringMatching(/longer than 20 s|more than 256 MB/) }]);
  }, 60_000);

  it('of 39 MB with one attachment is taken whole', async () => {
    const content = 'x'.repeat(28_000_000);
    const item = await itemOf(mixed(pdf('large.pdf', content)));
    expect(item.payload.email.subject).toBe('files');
    const large = item.files.find(({ name }: { name: string }) => name === 'large.pdf');
    expect(large.size).toBe(content.length);
  }, 30_000);
});

function nested(levels: number): string {
  const parts = Array.from(
    { length: levels },
    (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`,
  );
  return `${parts.join('')}\r\nx`;
}
