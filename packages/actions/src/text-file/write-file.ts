import { existsSync } from 'node:fs';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { appendText, overwriteText } from '../support/append.ts';
import { devicePath } from '../support/device-path.ts';
import { ENCODINGS } from '../support/encoding.ts';

/** The text goes in as it is, without a line end of ours. Attribute names beside the path are [inferred]. */
export const writeFile = action({
  package: 'TextFile',
  name: 'WriteFile',
  summary: 'Writes a text to a file, making its folders when they are missing.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    filePath: attribute.file({ required: true }),
    text: attribute.text({ alias: ['content', 'textToWrite', 'inputText', 'value'] }),
    writeOption: attribute.choice(['OVERWRITE', 'APPEND', 'FAIL'], { alias: ['fileOption', 'appendOption'] }),
    encoding: attribute.choice(ENCODINGS),
  },
  run: (input, host) => {
    const path = devicePath(input.filePath, host);
    if (input.writeOption === 'FAIL' && existsSync(path)) {
      throw new BotError(`The file "${path}" exists already. Allow overwriting or appending, or choose another name.`);
    }
    if (input.writeOption === 'APPEND') appendText(path, input.text, input.encoding);
    else overwriteText(path, input.text, input.encoding);
    return undefined;
  },
});
