import { action, attribute, BotError } from '@signalbox/taskbot';
import { currentOf, mailboxOf } from './mailbox.ts';

const common = { package: 'Email', runsOn: 'device', since: '0.2.0' } as const;
const sessionName = attribute.any({ alias: ['session'] });

export const changeStatus = action({
  ...common,
  name: 'changeStatus',
  summary: 'Marks the current message of the loop as read or unread.',
  attributes: { sessionName, changeStatusTo: attribute.choice(['Read', 'Unread'], { alias: ['status'] }) },
  run: async (input, host) => {
    const { mailbox, message } = currentOf(input.sessionName, host);
    await mailbox.setSeen(message, input.changeStatusTo === 'Read', host);
    return undefined;
  },
});

export const checkFolder = action({
  ...common,
  name: 'checkFolder',
  alias: ['checkIfFolderExists'],
  summary: 'Whether the mailbox has a folder.',
  attributes: {
    sessionName,
    folder: attribute.text({ required: true, alias: ['folderName', 'folderPath', 'checkFolder'] }),
  },
  returns: 'BOOLEAN',
  run: (input, host) => mailboxOf(input.sessionName, host).hasFolder(input.folder, host),
});

export const moveEmail = action({
  ...common,
  name: 'moveEmail',
  alias: ['moveMessage'],
  summary: 'Moves the current message of the loop to another folder.',
  attributes: {
    sessionName,
    folder: attribute.text({
      alias: ['folderName', 'folderPath', 'moveToFolder', 'targetFolder', 'destinationFolder'],
    }),
  },
  run: async (input, host) => {
    const { mailbox, message } = currentOf(input.sessionName, host);
    if (input.folder.trim() === '') throw new BotError('Expected the folder to move the message to, but it is empty.');
    await mailbox.move(message, input.folder.trim(), host);
    return undefined;
  },
});

export const deleteMessage = action({
  ...common,
  name: 'deleteMessage',
  alias: ['deleteEmail', 'delete'],
  summary: 'Deletes the current message of the loop.',
  attributes: { sessionName },
  run: async (input, host) => {
    const { mailbox, message } = currentOf(input.sessionName, host);
    await mailbox.delete(message, host);
    return undefined;
  },
});
