import { type Stats, statSync } from 'node:fs';
import { extname } from 'node:path';
import { attribute, BotError, condition, type Host } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { chooseFiles, hasWildcard } from '../support/file-choice.ts';
import { fileWork } from '../support/file-fault.ts';
import { holds, ORDER_OPERATORS } from '../support/operator.ts';
import { asText } from '../support/text.ts';
import { waitUntil } from '../support/wait-until.ts';
import { noFilter } from './no-filter.ts';

const sourceFilePath = attribute.file({ required: true, alias: ['filePath'] });
const waitTimeout = attribute.number({ fallback: 0, note: 'Seconds to wait for it to become so.' });
const common = { package: 'File', runsOn: 'device', since: '0.1.0' } as const;

export const fileExists = condition({
  ...common,
  name: 'fileExists',
  summary: 'Says whether a file, or one that fits a pattern, is there.',
  attributes: { sourceFilePath, waitTimeout },
  test: (input, host) => {
    const path = devicePath(input.sourceFilePath, host);
    return waitUntil(() => isThere(path, host), input.waitTimeout, host);
  },
});

export const fileNotExists = condition({
  ...common,
  name: 'fileNotExists',
  summary: 'Says whether a file is not there.',
  attributes: { sourceFilePath, waitTimeout },
  test: (input, host) => {
    const path = devicePath(input.sourceFilePath, host);
    return waitUntil(() => !isThere(path, host), input.waitTimeout, host);
  },
});

/** In kilobytes, fractions included [inferred]; nought and "greater than nought" mean the same in any unit. */
export const fileSize = condition({
  ...common,
  name: 'fileSize',
  summary: 'Compares the size of a file, in kilobytes.',
  attributes: {
    sourceFilePath,
    operator: attribute.choice(ORDER_OPERATORS),
    fileSize: attribute.number({ fallback: 0 }),
  },
  test: (input, host) => holds(input.operator, statsOf(input.sourceFilePath, host).size / 1024, input.fileSize),
});

/** Names beside the path are [inferred]: the one real use tells no more. */
export const fileDate = condition({
  ...common,
  name: 'fileDate',
  summary: 'Compares when a file was made or last changed.',
  attributes: {
    sourceFilePath,
    dateValue: attribute.choice(['Created', 'Modified'], { alias: ['dateType', 'dateOption'] }),
    operator: attribute.choice(ORDER_OPERATORS),
    fileDate: attribute.dateTime({ alias: ['date', 'value', 'dateTime'] }),
  },
  test: (input, host) => {
    if (!input.fileDate) throw new BotError('Expected a date to compare the file with, but there is none.');
    const stats = statsOf(input.sourceFilePath, host);
    const time = Math.floor(input.dateValue === 'Created' ? stats.birthtimeMs : stats.mtimeMs);
    return holds(input.operator, time, input.fileDate.toInstant().toEpochMilli());
  },
});

/** By the path alone; the file need not be there. Extensions are given with or without their dot. */
export const hasExtension = condition({
  ...common,
  name: 'hasExtension',
  summary: 'Says whether a file has one of some extensions.',
  attributes: {
    sourceFilePath,
    operator: attribute.choice(['IN_SET', 'NOT_IN_SET']),
    extensions: attribute.list({ required: true }),
  },
  test: (input) => {
    const extension = extname(input.sourceFilePath.replaceAll('\\', '/')).slice(1).toLowerCase();
    const there = input.extensions.some(
      (item) =>
        asText(item)
          .trim()
          .replace(/^\*?\./, '')
          .toLowerCase() === extension,
    );
    return there === (input.operator === 'IN_SET');
  },
});

const isThere = (path: string, host: Host): boolean =>
  hasWildcard(path)
    ? chooseFiles(path, 'file', noFilter, host).length > 0
    : statSync(path, { throwIfNoEntry: false })?.isFile() === true;

const statsOf = (path: string, host: Host): Stats => {
  const local = devicePath(path, host);
  return fileWork('look at', local, () => statSync(local));
};
