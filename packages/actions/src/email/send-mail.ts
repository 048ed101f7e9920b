import { action, attribute, BotError } from '@signalbox/taskbot';
import { addresses, attachmentsOf, refusedServer, sendMessage, serverAttributes } from './smtp.ts';

/** Attribute names from real documents (contract bots §1.17); SendMailV2 is taken to be the same. [inferred] */
export const sendMail = action({
  package: 'Email',
  name: 'sendMail',
  alias: ['SendMailV2'],
  summary: 'Sends a message by SMTP.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    toAddress: attribute.text({ alias: ['to'] }),
    cc: attribute.text({ alias: ['ccAddress'] }),
    bcc: attribute.text({ alias: ['bccAddress'] }),
    subject: attribute.text(),
    attachmentsFilePath: attribute.any({ alias: ['attachments', 'attachmentFilePath'], note: 'Paths separated by ;' }),
    attachmentsList: attribute.list({ alias: ['attachmentList'] }),
    ensureAttachmentsExist: attribute.flag(),
    bodyFormat: attribute.choice(['PLAINTEXT', 'HTML'], { alias: ['messageFormat'] }),
    message: attribute.text({ alias: ['body'] }),
    goGreen: attribute.flag({ note: 'The vendor adds a line about paper to the message; nothing is added here.' }),
    fromAddress: attribute.text({ alias: ['from'] }),
    ...serverAttributes,
  },
  check: refusedServer,
  run: async (input, host) => {
    const [to, cc, bcc] = [addresses(input.toAddress), addresses(input.cc), addresses(input.bcc)];
    if (to + cc + bcc === '') throw new BotError('Expected somebody to send to, but To, Cc and Bcc are empty.');
    if (input.fromAddress.trim() === '') throw new BotError('Expected the address of the sender, but From is empty.');
    const html = input.bodyFormat === 'HTML';
    await sendMessage(
      input,
      {
        from: input.fromAddress,
        to,
        cc,
        bcc,
        subject: input.subject,
        ...(html ? { html: input.message } : { text: input.message }),
        attachments: attachmentsOf(
          [input.attachmentsFilePath, ...input.attachmentsList],
          input.ensureAttachmentsExist,
          host,
        ),
      },
      host,
    );
    return undefined;
  },
});
