import type { Address, Attachment, Email } from 'postal-mime';

export interface MailAddress {
  readonly address: string;
  readonly name: string;
}

/** A mail as robots are given it in the payload of their item (contract robocorp §8.4). */
export interface MailShown {
  readonly from: MailAddress;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly replyTo?: MailAddress;
  readonly subject: string;
  /** ISO 8601; empty where the mail has none that can be read. */
  readonly date: string;
  readonly messageId?: string;
  readonly text?: string;
}

export interface MailFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** What could not be taken, and which attachments that is about. */
export interface MailFault {
  readonly message: string;
  readonly files?: readonly string[];
}

export interface MailRead {
  readonly email: MailShown;
  readonly files: readonly MailFile[];
  readonly faults: readonly MailFault[];
}

export const RAW_FILE = '__raw_mail';
const HTML_FILE = '__mail.html';
const TEXT_FILE = '__mail.txt';

const MOST_FILES = 100;
const MOST_ADDRESSES = 500;
/** An item carries a million characters of JSON; a longer text is a file. */
const MOST_TEXT = 200_000;
const MOST_LINE = 1_000;
const MOST_JSON = 900_000;

export function shapeMail(mail: Email): MailRead {
  const { text, html } = mail;
  const to = mailboxes(mail.to);
  const cc = mailboxes(mail.cc);
  const bcc = mailboxes(mail.bcc);
  const replyTo = mailboxes(mail.replyTo)[0];
  const nameOf = createNaming();
  const files: MailFile[] = [];
  if (html !== undefined) files.push({ name: HTML_FILE, content: Buffer.from(html) });
  if (text !== undefined && text.length > MOST_TEXT) files.push({ name: TEXT_FILE, content: Buffer.from(text) });
  const named = mail.attachments.map((one) => ({ name: nameOf(one), content: bytesOf(one.content) }));
  const faults: MailFault[] = [];
  if (named.length > MOST_FILES) {
    faults.push({
      message: `The mail has ${named.length} attachments; the first ${MOST_FILES} have become files.`,
      files: named.slice(MOST_FILES, 2 * MOST_FILES).map(({ name }) => name),
    });
  }
  const most = Math.max(to.length, cc.length, bcc.length);
  if (most > MOST_ADDRESSES)
    faults.push({ message: `The mail names ${most} recipients in one field; the first ${MOST_ADDRESSES} are shown.` });
  const email: MailShown = {
    from: mailboxes(mail.from && [mail.from])[0] ?? { address: '', name: '' },
    to: to.slice(0, MOST_ADDRESSES),
    cc: cc.slice(0, MOST_ADDRESSES),
    bcc: bcc.slice(0, MOST_ADDRESSES),
    ...(replyTo ? { replyTo } : {}),
    subject: cut(mail.subject ?? ''),
    date: isoOf(mail.date),
    ...(mail.messageId ? { messageId: cut(mail.messageId) } : {}),
    ...(text === undefined ? {} : { text: text.slice(0, MOST_TEXT) }),
  };
  const all = [...files, ...named.slice(0, MOST_FILES)];
  if (JSON.stringify(email).length <= MOST_JSON) return { email, files: all, faults };
  const { text: _, ...short } = { ...email, to: [], cc: [], bcc: [] };
  return {
    email: short,
    files: all,
    faults: [...faults, { message: 'Text and recipients of the mail are larger than a work item may be.' }],
  };
}

/** Groups give their members. */
function mailboxes(addresses: readonly Address[] = []): MailAddress[] {
  return addresses.flatMap((one) =>
    one.group !== undefined ? mailboxes(one.group) : [{ address: cut(one.address ?? ''), name: cut(one.name) }],
  );
}

const cut = (line: string): string => line.slice(0, MOST_LINE);

function isoOf(date: string | undefined): string {
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}

function bytesOf(content: Attachment['content']): Uint8Array {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array ? content : new Uint8Array(content);
}

/** Robots write the files into a folder, on any system: what means something in a path, or hides what a name ends with, goes. */
const UNSAFE = /[\p{Cc}\\/:*?"<>|]/gu;
const HIDING = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LONGEST_NAME = 120;

/** Gives each attachment a name of its own, also where letter case does not count. */
function createNaming(): (attachment: Pick<Attachment, 'filename' | 'mimeType'>) => string {
  const taken = new Map([RAW_FILE, HTML_FILE, TEXT_FILE].map((name) => [name, 1]));
  return ({ filename, mimeType }) => {
    const safe = (filename ?? '')
      .toWellFormed()
      .replace(HIDING, '')
      .replace(UNSAFE, '_')
      .replace(/^[.\s]+|[.\s]+$/g, '');
    const [stem, ending] = splitName(safe || (mimeType === 'message/rfc822' ? 'message.eml' : 'attachment'));
    for (;;) {
      const first = `${stem}${ending}`;
      const count = (taken.get(first.toLowerCase()) ?? 0) + 1;
      taken.set(first.toLowerCase(), count);
      const name = count === 1 ? first : `${stem}-${count}${ending}`;
      // Somebody may have sent a-2.pdf as well.
      if (count > 1 && taken.has(name.toLowerCase())) continue;
      taken.set(name.toLowerCase(), Math.max(1, taken.get(name.toLowerCase()) ?? 0));
      return name;
    }
  };
}

function splitName(name: string): [stem: string, ending: string] {
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : '';
  const stem = name.slice(0, name.length - ending.length);
  return [stem.slice(0, LONGEST_NAME).toWellFormed().trim(), ending];
}
