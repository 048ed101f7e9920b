import { action, attribute, type BotValue } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { openForEditing } from './document.ts';

const common = { package: 'PDF', runsOn: 'device', since: '0.2.0' } as const;
const attributes = {
  filePath: attribute.file({ required: true, alias: ['pdfFilePath', 'sourceFilePath', 'file'] }),
  userPassword: attribute.credential({ alias: ['password', 'ownerPassword'] }),
};

/** Keys [inferred]. */
export const getProperty = action({
  ...common,
  name: 'getProperty',
  alias: ['getProperties', 'getDocumentProperties'],
  summary: 'Title, author, subject, keywords, creator, producer, dates and number of pages, as a dictionary.',
  attributes,
  returns: 'DICTIONARY',
  run: async (input, host) => {
    const document = await openForEditing(devicePath(input.filePath, host), input.userPassword);
    return new Map<string, BotValue>([
      ['title', document.getTitle() ?? ''],
      ['author', document.getAuthor() ?? ''],
      ['subject', document.getSubject() ?? ''],
      ['keywords', document.getKeywords() ?? ''],
      ['creator', document.getCreator() ?? ''],
      ['producer', document.getProducer() ?? ''],
      ['creationDate', document.getCreationDate()?.toISOString() ?? ''],
      ['modificationDate', document.getModificationDate()?.toISOString() ?? ''],
      ['numberOfPages', document.getPageCount()],
    ]);
  },
});

export const getPageCount = action({
  ...common,
  name: 'getPageCount',
  alias: ['getNumberOfPages'],
  summary: 'How many pages a document has.',
  attributes,
  returns: 'NUMBER',
  run: async (input, host) =>
    (await openForEditing(devicePath(input.filePath, host), input.userPassword)).getPageCount(),
});
