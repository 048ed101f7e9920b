import { readFileSync } from 'node:fs';
import { action, attribute } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { decodeText, ENCODINGS } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';

export const readFile = action({
  package: 'TextFile',
  name: 'ReadFile',
  summary: 'Reads a text file whole.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    filePath: attribute.file({ required: true }),
    encoding: attribute.choice(ENCODINGS, { fallback: 'FILE-ENCODING' }),
    trimLeadingSpace: attribute.flag(),
    trimTrailingSpace: attribute.flag(),
  },
  returns: 'STRING',
  run: (input, host) => {
    const path = devicePath(input.filePath, host);
    const text = fileWork('read', path, () => decodeText(readFileSync(path), input.encoding));
    const begun = input.trimLeadingSpace ? text.trimStart() : text;
    return input.trimTrailingSpace ? begun.trimEnd() : begun;
  },
});
