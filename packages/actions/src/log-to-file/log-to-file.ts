import { EOL } from 'node:os';
import { DateTimeFormatter } from '@js-joda/core';
import { action, attribute, type Host } from '@signalbox/taskbot';
import { appendText, overwriteText } from '../support/append.ts';
import { devicePath } from '../support/device-path.ts';
import { ENCODINGS, type Encoding } from '../support/encoding.ts';

export const logAttributes = {
  filePath: attribute.file({ required: true }),
  appendTimestamp: attribute.flag(),
  logOption: attribute.choice(['APPEND_FILE', 'OVERWRITE_FILE']),
  encodingValue: attribute.choice(ENCODINGS, { fallback: 'UTF8' }),
};

/** The third most used command. The whole line goes in one append, so bots of several processes can share a log. */
export const logToFile = action({
  package: 'LogToFile',
  name: 'logToFile',
  summary: 'Writes a line to a log file, making its folders when they are missing.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { ...logAttributes, logContent: attribute.text() },
  run: (input, host) => writeLog(input, input.logContent, host),
});

interface LogTarget {
  readonly filePath: string;
  readonly appendTimestamp: boolean;
  readonly logOption: 'APPEND_FILE' | 'OVERWRITE_FILE';
  readonly encodingValue: Encoding;
}

export const writeLog = (target: LogTarget, content: string, host: Host): undefined => {
  const path = devicePath(target.filePath, host);
  const line = `${target.appendTimestamp ? `${timestamp(host)} ` : ''}${content}${EOL}`;
  if (target.logOption === 'APPEND_FILE') appendText(path, line, target.encodingValue);
  else overwriteText(path, line, target.encodingValue);
};

/** To the second, in the order that sorts [inferred: the vendor's format is not documented]. */
const timestamp = (host: Host): string => host.now().format(DateTimeFormatter.ofPattern('yyyy-MM-dd HH:mm:ss'));
