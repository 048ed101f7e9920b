import { readFileSync } from 'node:fs';
import { action, attribute, BotSession } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { decodeText } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';
import { keepSession } from '../support/session.ts';
import { Script } from './script.ts';

/** The script given here or, on a device, in a file. `session`, `scriptOption`, `file` and `script` are [observed]. */
export const openScript = action({
  package: 'JavaScript',
  name: 'javascript.commands.openScript',
  alias: ['openScript'],
  summary: 'Opens a script whose functions the bot can then call. It has no access to files, network or device.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    session: attribute.any({ alias: ['sessionName'] }),
    scriptOption: attribute.choice(['SCRIPT', 'FILE'], { alias: ['scriptType'] }),
    script: attribute.text({ alias: ['scriptText'] }),
    file: attribute.file({ alias: ['filePath'] }),
  },
  returns: 'SESSION',
  run: async (input, host) => {
    let source = input.script;
    if (input.scriptOption === 'FILE') {
      const path = devicePath(input.file, host);
      source = fileWork('read', path, () => decodeText(readFileSync(path), 'FILE-ENCODING'));
    }
    return keepSession(
      'JavaScript',
      input.session,
      new BotSession('JavaScript', await Script.open(source, host)),
      host,
    );
  },
});
