import { readFileSync, statSync } from 'node:fs';
import { action, attribute, BotError, BotSession } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';
import { keepSession } from '../support/session.ts';
import { decodeXml } from './encoding.ts';
import { MOST_CHARACTERS, readXml } from './read-xml.ts';

/** A text or, on a device, a file. The document lives in memory until the session ends; only "Save" writes it. */
export const startSession = action({
  package: 'XML',
  name: 'startSession',
  summary: 'Opens an XML document for the other XML actions.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    inputType: attribute.choice(['file', 'text']),
    filePath: attribute.file(),
    data: attribute.text({ alias: ['text', 'xmlText'] }),
  },
  returns: 'SESSION',
  run: async (input, host) => {
    let text = input.data;
    if (input.inputType === 'file') {
      const path = devicePath(input.filePath, host);
      text = fileWork('read', path, () => {
        // Four bytes is the most that a character takes.
        if (statSync(path).size > MOST_CHARACTERS * 4) {
          throw new BotError(`Expected an XML file of at most ${MOST_CHARACTERS} characters, but "${path}" is larger.`);
        }
        return decodeXml(readFileSync(path));
      });
    }
    return keepSession('XML', input.sessionName, new BotSession('XML', await readXml(text)), host);
  },
});
