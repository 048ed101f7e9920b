import { readFileSync } from 'node:fs';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { decodeText } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';
import { excerpt } from '../support/text.ts';

/**
 * Without a key: the whole text of the file. With one: what stands behind `key=` on the first line that has it
 * [inferred: the vendor hides this action and documents nothing].
 */
export const importStringFromTextFile = action({
  package: 'String',
  name: 'ImportStringFromTextFile',
  summary: 'Reads a text, or one keyed line of it, from a file.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { filePath: attribute.file({ required: true }), key: attribute.text() },
  returns: 'STRING',
  run: (input, host) => {
    const path = devicePath(input.filePath, host);
    const text = fileWork('read', path, () => decodeText(readFileSync(path), 'FILE-ENCODING'));
    if (input.key === '') return text;
    const prefix = `${input.key}=`;
    const line = text.split(/\r?\n/).find((candidate) => candidate.trimStart().startsWith(prefix));
    if (line === undefined) {
      throw new BotError(`"${path}" has no line that starts with "${excerpt(prefix)}". Check the key.`);
    }
    return line.trimStart().slice(prefix.length);
  },
});
