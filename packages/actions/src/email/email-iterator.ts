import { convert, Instant, type ZonedDateTime, ZoneOffset } from '@js-joda/core';
import { attribute, type BotDictionary, type BotValue, type Host, iterator } from '@signalbox/taskbot';
import { formatAddresses } from './letter.ts';
import { type Choice, LOOPED, type Mailbox, mailboxOf, type Received } from './mailbox.ts';

export const choiceAttributes = {
  sessionName: attribute.any({ alias: ['session'] }),
  folder: attribute.text({ alias: ['folderName'], note: 'Empty: INBOX.' }),
  readStatus: attribute.choice(['ALL', 'READ', 'UNREAD'], { alias: ['emailStatus'] }),
  from: attribute.text(),
  subject: attribute.text(),
  since: attribute.dateTime({ note: 'By the day.' }),
  before: attribute.dateTime({ note: 'By the day; that day is not in.' }),
};

export const emailIterator = iterator({
  package: 'Email',
  name: 'loop.iterators.email',
  alias: ['iterators.email', 'loop.loop.iterators.email'],
  summary: 'Each message of a folder, as a dictionary.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    ...choiceAttributes,
    messageFormat: attribute.choice(['PLAINTEXT', 'HTML']),
    isToUseLocalTimezone: attribute.flag({ note: 'The time zone of the device instead of UTC.' }),
    sortBy: attribute.text({
      note: 'Words with "newest" or "desc" begin with the newest; else the oldest is first. [inferred]',
    }),
  },
  yields: 'DICTIONARY',
  iterate: (input, host) => messages(input, host),
});

interface LoopInput extends Omit<Choice, 'since' | 'before'> {
  readonly sessionName: BotValue;
  readonly since: ZonedDateTime | undefined;
  readonly before: ZonedDateTime | undefined;
  readonly messageFormat: 'PLAINTEXT' | 'HTML';
  readonly isToUseLocalTimezone: boolean;
  readonly sortBy: string;
}

async function* messages(input: LoopInput, host: Host): AsyncIterable<BotValue> {
  const mailbox = mailboxOf(input.sessionName, host);
  const looped = host.store.of(LOOPED);
  const outer = looped.mailbox;
  try {
    for await (const message of chosenMessages(mailbox, input, host)) {
      looped.mailbox = mailbox;
      mailbox.current = message;
      yield dictionaryOf(message, input, host);
    }
  } finally {
    mailbox.current = undefined;
    looped.mailbox = outer;
  }
}

/** One at a time: what the bot does with one may change what comes. */
export async function* chosenMessages(
  mailbox: Mailbox,
  input: Omit<Choice, 'since' | 'before'> & Pick<LoopInput, 'since' | 'before'> & { readonly sortBy?: string },
  host: Host,
): AsyncIterable<Received> {
  const date = (value: ZonedDateTime | undefined) => (value === undefined ? undefined : convert(value).toDate());
  const uids = await mailbox.search({ ...input, since: date(input.since), before: date(input.before) }, host);
  if (/newest|desc/i.test(input.sortBy ?? '')) uids.reverse();
  const folder = input.folder.trim() === '' ? 'INBOX' : input.folder.trim();
  for (const uid of uids) {
    const message = await mailbox.fetch(uid, folder, host);
    if (message !== undefined) yield message;
  }
}

/** The keys are the vendor's (contract bots §1.9); the form of date and time is ours. [inferred] */
const dictionaryOf = ({ email, received }: Received, input: LoopInput, host: Host): BotDictionary => {
  const zone = input.isToUseLocalTimezone ? host.now().zone() : ZoneOffset.UTC;
  const at = Instant.ofEpochMilli(received.getTime()).atZone(zone);
  const two = (number: number) => String(number).padStart(2, '0');
  const html = input.messageFormat === 'HTML';
  return new Map<string, BotValue>([
    ['emailSubject', email.subject ?? ''],
    ['emailFrom', formatAddresses(email.from === undefined ? [] : [email.from])],
    ['emailTo', formatAddresses(email.to ?? [])],
    ['emailCc', formatAddresses(email.cc ?? [])],
    ['emailMessage', html ? (email.html ?? email.text ?? '') : (email.text ?? '')],
    ['emailReceivedDate', at.toLocalDate().toString()],
    ['emailReceivedTime', `${two(at.hour())}:${two(at.minute())}:${two(at.second())}`],
  ]);
};
