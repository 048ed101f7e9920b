import { BotError, type BotValue, type Host, StoreKey } from '@signalbox/taskbot';
import type { ImapFlow } from 'imapflow';
import type { Email } from 'postal-mime';
import { sessionOf } from '../support/session.ts';
import { untilStopped } from '../support/until-stopped.ts';

/** A message above this is not taken into memory. */
const MAX_MESSAGE_BYTES = 50 * 1024 * 1024;
const MAX_MESSAGES = 10_000;

export interface Received {
  readonly uid: number;
  readonly folder: string;
  readonly source: Buffer;
  readonly email: Email;
  readonly received: Date;
}

/** Which messages a loop or an action means. */
export interface Choice {
  readonly folder: string;
  readonly readStatus: 'ALL' | 'READ' | 'UNREAD';
  readonly from: string;
  readonly subject: string;
  readonly since: Date | undefined;
  readonly before: Date | undefined;
}

/** An IMAP connection, and the message at which the loop over it stands. */
export class Mailbox {
  readonly #client: ImapFlow;
  #folder: string | undefined;
  current: Received | undefined;

  constructor(client: ImapFlow) {
    this.#client = client;
  }

  async search(choice: Choice, host: Host): Promise<number[]> {
    const folder = choice.folder.trim() === '' ? 'INBOX' : choice.folder.trim();
    const uids = await this.#in(folder, host, () =>
      this.#client.search(
        {
          all: true,
          ...(choice.readStatus === 'ALL' ? {} : { seen: choice.readStatus === 'READ' }),
          ...(choice.from === '' ? {} : { from: choice.from }),
          ...(choice.subject === '' ? {} : { subject: choice.subject }),
          ...(choice.since === undefined ? {} : { since: choice.since }),
          ...(choice.before === undefined ? {} : { before: choice.before }),
        },
        { uid: true },
      ),
    );
    if (!Array.isArray(uids)) return [];
    if (uids.length > MAX_MESSAGES) {
      throw new BotError(
        `${uids.length} messages fit, and ${MAX_MESSAGES} is the bound. Ask for fewer, by date or subject.`,
      );
    }
    return uids;
  }

  /** Undefined when somebody has moved or deleted it since. Fetching does not mark it as read. */
  async fetch(uid: number, folder: string, host: Host): Promise<Received | undefined> {
    const range = String(uid);
    const found = await this.#in(folder, host, () => this.#client.fetchOne(range, { size: true }, { uid: true }));
    if (!found) return undefined;
    if ((found.size ?? 0) > MAX_MESSAGE_BYTES) {
      throw new BotError(
        `A message has ${found.size} bytes; the bound is ${MAX_MESSAGE_BYTES}. Leave it out by subject or date.`,
      );
    }
    const full = await this.#in(folder, host, () =>
      this.#client.fetchOne(range, { source: { maxLength: MAX_MESSAGE_BYTES }, internalDate: true }, { uid: true }),
    );
    if (!full || full.source === undefined) return undefined;
    const { default: PostalMime } = await import('postal-mime');
    const email = await PostalMime.parse(full.source, { maxNestingDepth: 50 });
    const received = new Date(full.internalDate ?? email.date ?? 0);
    return { uid, folder, source: full.source, email, received };
  }

  async setSeen({ uid, folder }: Received, seen: boolean, host: Host): Promise<void> {
    const range = String(uid);
    await this.#in(folder, host, () =>
      seen
        ? this.#client.messageFlagsAdd(range, ['\\Seen'], { uid: true })
        : this.#client.messageFlagsRemove(range, ['\\Seen'], { uid: true }),
    );
  }

  async move({ uid, folder }: Received, target: string, host: Host): Promise<void> {
    if (!(await this.hasFolder(target, host))) {
      throw new BotError(
        `The mailbox has no folder "${target}". Its folders are ${(await this.folders(host)).join(', ')}.`,
      );
    }
    await this.#in(folder, host, () => this.#client.messageMove(String(uid), target, { uid: true }));
    this.current = undefined;
  }

  async delete({ uid, folder }: Received, host: Host): Promise<void> {
    await this.#in(folder, host, () => this.#client.messageDelete(String(uid), { uid: true }));
    this.current = undefined;
  }

  async folders(host: Host): Promise<string[]> {
    return (await this.#work(host, () => this.#client.list())).map(({ path }) => path);
  }

  /** INBOX is found in any letter case, as the protocol says; the others as they are. */
  async hasFolder(name: string, host: Host): Promise<boolean> {
    const wanted = name.trim();
    return (await this.folders(host)).some((path) => path === wanted || /^inbox$/i.test(wanted));
  }

  async #in<T>(folder: string, host: Host, work: () => Promise<T>): Promise<T> {
    if (this.#folder !== folder) {
      this.#folder = undefined;
      await this.#work(host, () => this.#client.mailboxOpen(folder), `The folder "${folder}" cannot be opened`);
      this.#folder = folder;
    }
    return this.#work(host, work);
  }

  async #work<T>(host: Host, work: () => Promise<T>, doing = 'The mail server failed'): Promise<T> {
    try {
      return await untilStopped(work(), host.signal, () => this.#client.close());
    } catch (cause) {
      if (host.signal.aborted || cause instanceof BotError) throw cause;
      throw new BotError(`${doing}: ${serverReason(cause)}.`);
    }
  }
}

/** imapflow says "Command failed" and keeps what the server said apart. */
export const serverReason = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  const said = 'responseText' in cause && typeof cause.responseText === 'string' ? cause.responseText : '';
  return said === '' ? cause.message : said;
};

/** Some actions name no session: inside the loop they mean the mailbox of the loop. */
export const LOOPED = new StoreKey('mailbox of the loop', (): { mailbox: Mailbox | undefined } => ({
  mailbox: undefined,
}));

export const mailboxOf = (session: BotValue | undefined, host: Host): Mailbox =>
  sessionOf({ package: 'Email', content: Mailbox, opener: 'Email: Connect' }, session, host);

/** The message at which the loop stands. */
export const currentOf = (session: BotValue | undefined, host: Host): { mailbox: Mailbox; message: Received } => {
  const named = session !== undefined && session !== null && session !== '';
  const mailbox = (named ? undefined : host.store.of(LOOPED).mailbox) ?? mailboxOf(session, host);
  if (mailbox.current === undefined) {
    throw new BotError(
      'There is no current message. Use this action inside the loop "For each mail in mail box", before the message is moved or deleted.',
    );
  }
  return { mailbox, message: mailbox.current };
};
