import { readFileSync } from 'node:fs';
import { action, attribute, BotSession } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { decodeText } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';
import { documentOf, JsonDocument, parseJson } from './document.ts';

/** A text or, on a device, a file. The document lives in memory until the session ends. */
export const startSession = action({
  package: 'Json',
  name: 'StartSession',
  summary: 'Opens a JSON document for the other Json actions.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    inputType: attribute.choice(['text', 'file']),
    data: attribute.text(),
    filePath: attribute.file(),
  },
  returns: 'SESSION',
  run: (input, host) => {
    if (input.inputType === 'text') return new BotSession('Json', new JsonDocument(parseJson(input.data)));
    const path = devicePath(input.filePath, host);
    const text = fileWork('read', path, () => decodeText(readFileSync(path), 'UTF-8'));
    return new BotSession('Json', new JsonDocument(parseJson(text)));
  },
});

export const endSession = action({
  package: 'Json',
  name: 'EndSession',
  summary: 'Closes a JSON document.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { session: attribute.session({ required: true }) },
  run: async (input) => {
    documentOf(input.session);
    await input.session.close();
    return undefined;
  },
});
