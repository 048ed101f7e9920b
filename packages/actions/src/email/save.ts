import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { action, attribute, type Host } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';
import { freePath, safeFileName } from '../support/file-name.ts';
import { choiceAttributes, chosenMessages } from './email-iterator.ts';
import { currentOf, mailboxOf, type Received } from './mailbox.ts';

const common = { package: 'Email', runsOn: 'device', since: '0.2.0' } as const;
const checkOverrwrite = attribute.flag({ alias: ['checkOverwrite', 'isOverwrite', 'overwrite'] });
const folderPath = attribute.text({ required: true, alias: ['attachmentFolderPath', 'filePath', 'saveFolderPath'] });

/** Without overwriting, a second file of one name gets a number. `checkOverrwrite` is misspelt by the vendor. */
export const saveAttachment = action({
  ...common,
  name: 'saveAttachment',
  summary: 'Saves the attachments of the current message of the loop into a folder.',
  attributes: { sessionName: attribute.any({ alias: ['session'] }), folderPath, checkOverrwrite },
  returns: 'LIST',
  run: (input, host) => saveAll(currentOf(input.sessionName, host).message, input, host),
});

export const saveAllAttachments = action({
  ...common,
  name: 'saveAllAtatchments',
  alias: ['saveAllAttachments'],
  summary: 'Saves the attachments of all chosen messages of a folder of the mailbox.',
  attributes: { ...choiceAttributes, folderPath, checkOverrwrite },
  returns: 'LIST',
  run: async (input, host) => {
    const saved: string[] = [];
    for await (const message of chosenMessages(mailboxOf(input.sessionName, host), input, host)) {
      saved.push(...saveAll(message, input, host));
    }
    return saved;
  },
});

/** The message as it came, in one .eml file. */
export const saveEmail = action({
  ...common,
  name: 'SaveEmail',
  alias: ['SaveEmailV2'],
  summary: 'Saves the current message of the loop as a file.',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    folderPath,
    fileName: attribute.text({ note: 'Empty: the subject.' }),
    checkOverrwrite,
  },
  returns: 'STRING',
  run: (input, host) => {
    const { message } = currentOf(input.sessionName, host);
    const wanted = input.fileName === '' ? `${message.email.subject ?? ''}`.trim() || 'message' : input.fileName;
    return save(/\.eml$/i.test(wanted) ? wanted : `${wanted}.eml`, message.source, input, host);
  },
});

interface Target {
  readonly folderPath: string;
  readonly checkOverrwrite: boolean;
}

const saveAll = ({ email }: Received, target: Target, host: Host): string[] =>
  email.attachments
    // Pictures inside the text are part of it, not something somebody attached.
    .filter(({ related, disposition }) => related !== true || disposition === 'attachment')
    .map(({ filename, content }) => {
      const bytes = typeof content === 'string' ? Buffer.from(content, 'base64') : new Uint8Array(content);
      return save(filename ?? 'attachment', bytes, target, host);
    });

const save = (name: string, content: Uint8Array, target: Target, host: Host): string => {
  const folder = devicePath(target.folderPath, host);
  fileWork('create the folder', folder, () => mkdirSync(folder, { recursive: true }));
  const wanted = join(folder, safeFileName(name));
  const path = target.checkOverrwrite || !existsSync(wanted) ? wanted : freePath(wanted);
  fileWork('save', path, () => writeFileSync(path, content));
  return path;
};
