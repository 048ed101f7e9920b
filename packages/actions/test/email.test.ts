import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { ZonedDateTime } from '@js-joda/core';
import { BotCredential, type Host } from '@signalbox/taskbot';
import hoodiecrow from 'hoodiecrow-imap';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { safeFileName } from '../src/support/file-name.ts';
import { act, iterate, loop, removeFolder, type TestHost, testHost } from './support.ts';

let host: TestHost & Pick<Host, 'outgoing'>;
beforeEach(() => {
  host = { ...testHost(), outgoing: { refusal: () => undefined } };
});
afterEach(() => removeFolder(host));

type Input = Parameters<typeof act>[1];
const at = (name: string) => join(host.folder, name);

interface Sent {
  readonly recipients: string[];
  readonly email: Email;
}

/** A mail server that keeps what it gets. */
const smtp = async (options: { password?: string } = {}) => {
  const sent: Sent[] = [];
  const server = new SMTPServer({
    authOptional: options.password === undefined,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: (auth, _session, done) =>
      auth.password === options.password
        ? done(null, { user: auth.username })
        : done(new Error(`wrong ${auth.password}`)),
    onData: async (stream, session, done) => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      sent.push({
        recipients: session.envelope.rcptTo.map(({ address }) => address),
        email: await PostalMime.parse(Buffer.concat(chunks)),
      });
      done();
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo; // listening on TCP
  return { port, sent };
};

const send = (port: number, more: Input = {}) =>
  act(
    'Email.sendMail',
    {
      toAddress: 'ada@example.com; bo@example.com',
      fromAddress: 'Robot <robot@example.com>',
      subject: 'Größe',
      message: 'All paid.',
      emailServerHost: '127.0.0.1',
      emailServerPort: port,
      ...more,
    },
    host,
  );

describe('sending mail', () => {
  it('reaches everybody, hidden ones too, with its attachments', async () => {
    const { port, sent } = await smtp();
    writeFileSync(at('a.txt'), 'one');
    writeFileSync(at('b.txt'), 'two');
    await send(port, { cc: 'cy@example.com', bcc: 'di@example.com', attachmentsFilePath: 'a.txt;b.txt' });
    const [{ recipients, email }] = sent as [Sent];
    expect(recipients).toEqual(['ada@example.com', 'bo@example.com', 'cy@example.com', 'di@example.com']);
    expect(email).toMatchObject({ subject: 'Größe', text: 'All paid.\n', from: { address: 'robot@example.com' } });
    expect(email.bcc).toBeUndefined();
    expect(
      email.attachments.map(({ filename, content }) => [filename, Buffer.from(content as ArrayBuffer).toString()]),
    ).toEqual([
      ['a.txt', 'one'],
      ['b.txt', 'two'],
    ]);
  });

  it('sends HTML', async () => {
    const { port, sent } = await smtp();
    await send(port, { bodyFormat: 'HTML', message: '<b>hi</b>' });
    expect(sent[0]?.email.html).toContain('<b>hi</b>');
  });

  it('logs in with a credential, and does not tell it when that fails', async () => {
    const { port, sent } = await smtp({ password: 'hunter2' });
    const credentials = (password: string) => ({
      requiresAuthentication: true,
      username: 'robot',
      securedPassword: new BotCredential(() => password),
    });
    await send(port, credentials('hunter2'));
    expect(sent).toHaveLength(1);
    const failed: unknown = await Promise.resolve(send(port, credentials('wrong-secret'))).catch(
      (error: unknown) => error,
    );
    expect(String(failed)).toMatch(/does not take this name and password/);
    expect(String(failed)).not.toContain('wrong-secret');
  });

  it('sends nothing without TLS when a secure connection is asked for', async () => {
    const { port, sent } = await smtp();
    await expect(send(port, { useSecureConnection: true })).rejects.toThrow(/was not sent/);
    expect(sent).toEqual([]);
  });

  it('goes without a missing attachment or not at all, as told', async () => {
    const { port, sent } = await smtp();
    await send(port, { attachmentsFilePath: 'none.txt' });
    expect(host.lines).toEqual([expect.stringMatching(/"none.txt" is not there; the message goes without it/)]);
    await expect(send(port, { attachmentsFilePath: 'none.txt', ensureAttachmentsExist: true })).rejects.toThrow(
      /is not there/,
    );
    expect(sent).toHaveLength(1);
  });

  it('calls only where the rules allow, and nobody where there are none', async () => {
    const { port, sent } = await smtp();
    host = { ...host, outgoing: { refusal: (address) => `${address} is our own network` } };
    await expect(send(port)).rejects.toThrow(/127.0.0.1 is our own network/);
    host = testHost();
    await expect(send(port)).rejects.toThrow(/may make no calls/);
    expect(sent).toEqual([]);
  });

  it('names what it does not speak', async () => {
    await expect(send(25, { serverType: 'EWS' })).rejects.toThrow(/Exchange Web Services \(EWS\) is not supported/);
    await expect(send(25, { toAddress: ' ;' })).rejects.toThrow(/somebody to send to/);
  });

  it('ends when the run is stopped', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const sending = send((server.address() as AddressInfo).port);
    server.once('connection', () => host.stop());
    await expect(sending).rejects.toThrow(/aborted/);
  });
});

const INVOICE = [
  'From: "Bo, Ltd" <bo@example.com>',
  'To: Ada <ada@example.com>, robot@example.com',
  'Cc: cy@example.com',
  'Subject: =?utf-8?Q?Rechnung_f=C3=BCr_M=C3=A4rz?=',
  'Message-ID: <1@example.com>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Please pay.',
  '--b',
  'Content-Type: application/pdf; name="../../invoice.pdf"',
  'Content-Disposition: attachment; filename="../../invoice.pdf"',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('%PDF').toString('base64'),
  '--b--',
].join('\r\n');

/** Somebody's IMAP server with two messages. */
const imap = async () => {
  const server = hoodiecrow({
    plugins: ['ID', 'UIDPLUS', 'MOVE', 'ENABLE', 'LITERALPLUS', 'NAMESPACE', 'SPECIAL-USE'],
    users: { robot: { password: 'hunter2' } },
    storage: {
      INBOX: {
        messages: [
          { raw: INVOICE, internaldate: '05-Feb-2024 10:20:30 +0000' },
          {
            raw: 'From: x@example.com\r\nSubject: old news\r\n\r\nHi',
            flags: ['\\Seen'],
            internaldate: '01-Jan-2024 00:00:00 +0000',
          },
        ],
      },
      '': { folders: { Done: {} } },
    },
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const connections = new Set<Socket>();
  server.server.on('connection', (socket) => connections.add(socket));
  onTestFinished(async () => {
    for (const socket of connections) socket.destroy();
    await new Promise<void>((resolve) => server.close(resolve));
  });
  return (server.server.address() as AddressInfo).port;
};

const connect = async (more: Input = {}) =>
  act(
    'Email.emailConnect',
    {
      session: 'mail',
      serverHost: '127.0.0.1',
      port: await imap(),
      username: 'robot',
      securedPassword: new BotCredential(() => 'hunter2'),
      ...more,
    },
    host,
  );
const mail = (command: string, more: Input = {}) => act(`Email.${command}`, { sessionName: 'mail', ...more }, host);
/** Runs the actions inside the loop, as a bot does. */
const each = async (choice: Input, work: (message: ReadonlyMap<string, unknown>) => unknown = () => {}) => {
  const seen: ReadonlyMap<string, unknown>[] = [];
  for await (const message of loopOver(choice)) {
    if (!(message instanceof Map)) throw new Error('no dictionary');
    seen.push(message);
    await work(message);
  }
  return seen;
};
const loopOver = (choice: Input) => iterate('Email.loop.iterators.email', { sessionName: 'mail', ...choice }, host);
const subjects = async (choice: Input) =>
  (await loop('Email.loop.iterators.email', { sessionName: 'mail', ...choice }, host)).map((one) =>
    one instanceof Map ? one.get('emailSubject') : one,
  );

describe('reading mail', () => {
  it('gives each message as a dictionary', async () => {
    await connect();
    const [invoice] = await each({ readStatus: 'UNREAD', isToUseLocalTimezone: true });
    expect(Object.fromEntries(invoice ?? [])).toEqual({
      emailSubject: 'Rechnung für März',
      emailFrom: '"Bo, Ltd" <bo@example.com>',
      emailTo: 'Ada <ada@example.com>, robot@example.com',
      emailCc: 'cy@example.com',
      emailMessage: 'Please pay.\n',
      emailReceivedDate: '2024-02-05',
      emailReceivedTime: '11:20:30',
    });
  });

  it('chooses by status, sender, subject and date', async () => {
    await connect();
    expect(await subjects({})).toEqual(['Rechnung für März', 'old news']);
    expect(await subjects({ readStatus: 'READ' })).toEqual(['old news']);
    expect(await subjects({ from: 'bo@' })).toEqual(['Rechnung für März']);
    expect(await subjects({ subject: 'news' })).toEqual(['old news']);
    expect(await subjects({ since: ZonedDateTime.parse('2024-02-01T00:00:00Z') })).toEqual(['Rechnung für März']);
    await expect(subjects({ folder: 'None' })).rejects.toThrow(/The folder "None" cannot be opened/);
  });

  it('leaves what is unread unread until told otherwise', async () => {
    await connect();
    await each({});
    expect(await subjects({ readStatus: 'UNREAD' })).toHaveLength(1);
    await each({ readStatus: 'UNREAD' }, () => mail('changeStatus', { changeStatusTo: 'Read' }));
    expect(await subjects({ readStatus: 'UNREAD' })).toEqual([]);
  });

  it('saves attachments under safe names, not over others unless told', async () => {
    await connect();
    const save = () => act('Email.saveAttachment', { folderPath: 'in' }, host);
    const saved: unknown[] = [];
    await each({ from: 'bo' }, async () => saved.push(await save(), await save()));
    expect(saved).toEqual([[at('in/invoice.pdf')], [at('in/invoice (1).pdf')]]);
    expect(readFileSync(at('in/invoice.pdf'), 'utf8')).toBe('%PDF');
    expect(await mail('saveAllAtatchments', { folderPath: 'all' })).toEqual([at('all/invoice.pdf')]);
    await each({ from: 'bo' }, () => mail('SaveEmail', { folderPath: 'all' }));
    expect(existsSync(at('all/Rechnung für März.eml'))).toBe(true);
  });

  it('moves and deletes, and knows its folders', async () => {
    await connect();
    expect([await mail('checkFolder', { folder: 'Done' }), await mail('checkFolder', { folder: 'None' })]).toEqual([
      true,
      false,
    ]);
    await each({ from: 'bo' }, async () => {
      await expect(mail('moveEmail', { folder: 'None' })).rejects.toThrow(/no folder "None"/);
      await mail('moveEmail', { folder: 'Done' });
    });
    await each({}, () => mail('deleteMessage'));
    expect([await subjects({}), await subjects({ folder: 'Done' })]).toEqual([[], ['Rechnung für März']]);
    await expect(mail('deleteMessage')).rejects.toThrow(/no current message/);
  });

  it('answers and forwards', async () => {
    await connect();
    const { port, sent } = await smtp();
    const server = {
      emailServerHost: '127.0.0.1',
      emailServerPort: port,
      fromAddress: 'robot@example.com',
      message: 'Paid.',
    };
    await each({ from: 'bo' }, async () => {
      await mail('ReplyEmail', server);
      await mail('ReplyAllEmail', server);
      await mail('ForwardEmail', { ...server, toAddress: 'boss@example.com' });
    });
    expect(sent.map(({ recipients }) => recipients)).toEqual([
      ['bo@example.com'],
      ['bo@example.com', 'ada@example.com', 'cy@example.com'],
      ['boss@example.com'],
    ]);
    expect(sent[0]?.email).toMatchObject({
      subject: 'Re: Rechnung für März',
      inReplyTo: '<1@example.com>',
      attachments: [],
    });
    expect(sent[0]?.email.text).toContain('Paid.');
    expect(sent[0]?.email.text).toContain('> Please pay.');
    expect(sent[2]?.email).toMatchObject({
      subject: 'Fwd: Rechnung für März',
      attachments: [{ mimeType: 'application/pdf' }],
    });
  });

  it('closes, and says why it does not open', async () => {
    await connect();
    await act('Email.closeEmail', { session: 'mail' }, host);
    await expect(subjects({})).rejects.toThrow(/no open Email session/);
    const failed: unknown = await Promise.resolve(connect({ securedPassword: 'wrong-secret' })).catch(
      (error: unknown) => error,
    );
    expect(String(failed)).toMatch(/did not open/);
    expect(String(failed)).not.toContain('wrong-secret');
    await expect(connect({ protocol: 'POP3' })).rejects.toThrow(/POP3 is not supported/);
  });
});

describe('names of files from strangers', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\x\\a.txt', 'a.txt'],
    ['a:b*?.txt', 'a_b__.txt'],
    ['con.txt', '_con.txt'],
    ['..', 'file'],
    ['.bashrc', 'bashrc'],
  ])('%s becomes %s', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });
});
