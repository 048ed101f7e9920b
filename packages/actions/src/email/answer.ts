import { action, attribute, BotError, type Host } from '@signalbox/taskbot';
import type { SendMailOptions } from 'nodemailer';
import { formatAddresses, mailboxes } from './letter.ts';
import { currentOf, type Received } from './mailbox.ts';
import { addresses, attachmentsOf, type ServerSettings, sendMessage, serverAttributes } from './smtp.ts';

const answerAttributes = {
  sessionName: attribute.any({ alias: ['session'] }),
  toAddress: attribute.text({ alias: ['to', 'forwardTo'] }),
  cc: attribute.text({ alias: ['ccAddress'] }),
  bcc: attribute.text({ alias: ['bccAddress'] }),
  subject: attribute.text({ note: 'Empty: that of the message, with Re: or Fwd: before it.' }),
  attachmentsFilePath: attribute.any({ alias: ['attachments'] }),
  attachmentsList: attribute.list(),
  ensureAttachmentsExist: attribute.flag(),
  bodyFormat: attribute.choice(['PLAINTEXT', 'HTML'], { alias: ['messageFormat'] }),
  message: attribute.text({ alias: ['body'] }),
  fromAddress: attribute.text({ alias: ['from'] }),
  ...serverAttributes,
};

interface Answer extends ServerSettings {
  readonly sessionName: Parameters<typeof currentOf>[0];
  readonly toAddress: string;
  readonly cc: string;
  readonly bcc: string;
  readonly subject: string;
  readonly attachmentsFilePath: Parameters<typeof attachmentsOf>[0][number];
  readonly attachmentsList: Parameters<typeof attachmentsOf>[0];
  readonly ensureAttachmentsExist: boolean;
  readonly bodyFormat: 'PLAINTEXT' | 'HTML';
  readonly message: string;
  readonly fromAddress: string;
}

const common = { package: 'Email', runsOn: 'device', since: '0.2.0', attributes: answerAttributes } as const;

/** Names of the attributes as those of sendMail [inferred]: real documents with these commands were not seen. */
export const replyEmail = action({
  ...common,
  name: 'ReplyEmail',
  alias: ['ReplyEmailV2', 'Reply'],
  summary: 'Answers the current message of the loop to its sender.',
  run: (input, host) => answer(input, host, 'reply'),
});

export const replyAllEmail = action({
  ...common,
  name: 'ReplyAllEmail',
  alias: ['ReplyAllEmailV2', 'ReplyAll'],
  summary: 'Answers the current message of the loop to all who got it.',
  run: (input, host) => answer(input, host, 'reply-all'),
});

export const forwardEmail = action({
  ...common,
  name: 'ForwardEmail',
  alias: ['ForwardEmailV2', 'Forward'],
  summary: 'Sends the current message of the loop on, with its attachments.',
  run: (input, host) => answer(input, host, 'forward'),
});

type Kind = 'reply' | 'reply-all' | 'forward';

const answer = async (input: Answer, host: Host, kind: Kind): Promise<undefined> => {
  const { message } = currentOf(input.sessionName, host);
  if (input.fromAddress.trim() === '') throw new BotError('Expected the address of the sender, but From is empty.');
  const { to, cc } = recipients(message, input, kind);
  if (to === '') throw new BotError('Expected somebody to send to, but the message names nobody and To is empty.');
  const { email } = message;
  const attachments = attachmentsOf(
    [input.attachmentsFilePath, ...input.attachmentsList],
    input.ensureAttachmentsExist,
    host,
  );
  await sendMessage(
    input,
    {
      from: input.fromAddress,
      to,
      cc,
      bcc: addresses(input.bcc),
      subject: input.subject === '' ? subjectOf(email.subject ?? '', kind) : input.subject,
      ...bodyOf(message, input),
      attachments: kind === 'forward' ? [...attachments, ...received(message)] : attachments,
      ...(kind === 'forward' || email.messageId === undefined
        ? {}
        : { inReplyTo: email.messageId, references: [email.references ?? '', email.messageId].join(' ').trim() }),
    },
    host,
  );
  return undefined;
};

const recipients = ({ email }: Received, input: Answer, kind: Kind): { to: string; cc: string } => {
  const cc = addresses(input.cc);
  const named = addresses(input.toAddress);
  if (kind === 'forward') return { to: named, cc };
  const sender = email.replyTo ?? (email.from === undefined ? [] : [email.from]);
  const to = [formatAddresses(sender), named].filter((text) => text !== '').join(', ');
  if (kind === 'reply') return { to, cc };
  const own = input.fromAddress.toLowerCase();
  const others = mailboxes([...(email.to ?? []), ...(email.cc ?? [])]).filter(
    ({ address }) => !own.includes(address.toLowerCase()),
  );
  return { to, cc: [formatAddresses(others), cc].filter((text) => text !== '').join(', ') };
};

const subjectOf = (subject: string, kind: Kind): string => {
  const mark = kind === 'forward' ? 'Fwd:' : 'Re:';
  return subject.toLowerCase().startsWith(mark.toLowerCase()) ? subject : `${mark} ${subject}`;
};

/** The answer above, the message below it. */
const bodyOf = ({ email, received: at }: Received, input: Answer): SendMailOptions => {
  const from = formatAddresses(email.from === undefined ? [] : [email.from]);
  const line = `On ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${from} wrote:`;
  if (input.bodyFormat === 'HTML') {
    const below = email.html ?? `<pre>${escapeHtml(email.text ?? '')}</pre>`;
    return { html: `${input.message}<br><p>${escapeHtml(line)}</p><blockquote>${below}</blockquote>` };
  }
  const quoted = (email.text ?? '').split('\n').map((text) => `> ${text}`);
  return { text: `${input.message}\n\n${line}\n${quoted.join('\n')}` };
};

const escapeHtml = (text: string): string =>
  text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? character);

const received = ({ email }: Received) =>
  email.attachments.map(({ filename, content, mimeType }) => ({
    filename: filename ?? 'attachment',
    content: typeof content === 'string' ? Buffer.from(content, 'base64') : Buffer.from(new Uint8Array(content)),
    contentType: mimeType,
  }));
