import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';
import { sessionOf } from '../support/session.ts';
import { XML } from './document.ts';
import { encodeXml } from './encoding.ts';

/** Gives the document as a text; on a device also as a file, in the encoding that it declares. */
export const saveXml = action({
  package: 'XML',
  name: 'saveXML',
  alias: ['saveSessionData'],
  summary: 'Gives an XML document as a text, and writes it to a file when told to.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    sessionName: attribute.any({ alias: ['session'] }),
    writeToFile: attribute.flag(),
    fileName: attribute.file({ alias: ['filePath'] }),
    overwrite: attribute.flag({ alias: ['isOverwrite'] }),
  },
  returns: 'STRING',
  run: (input, host) => {
    const text = sessionOf(XML, input.sessionName, host).text();
    if (input.writeToFile) {
      const path = devicePath(input.fileName, host);
      fileWork('write to', path, () => {
        if (!input.overwrite && existsSync(path)) {
          throw new BotError(`The file "${path}" exists already. Allow overwriting, or choose another name.`);
        }
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, encodeXml(text));
      });
    }
    return text;
  },
});
