import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { action, attribute, BotError, BotSession, type Host } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { decodeText } from '../support/encoding.ts';
import { fileWork } from '../support/file-fault.ts';
import { keepSession } from '../support/session.ts';
import { excerpt } from '../support/text.ts';
import { PythonProcess } from './python-process.ts';

/** `scriptOption`, `script`, `filePath`, `version` and `pythonInterpreterPath` are [observed]. */
export const openScript = action({
  package: 'Python',
  name: 'python.commands.openScript',
  alias: ['openScript'],
  summary: 'Starts Python with a script whose functions the bot can then call.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    session: attribute.any({ alias: ['sessionName'] }),
    scriptOption: attribute.choice(['SCRIPT', 'FILE'], { alias: ['scriptType'] }),
    script: attribute.text({ alias: ['scriptText'] }),
    filePath: attribute.file({ alias: ['file'] }),
    version: attribute.text({ alias: ['pythonVersion', 'runtime'], note: 'Python 3 only.' }),
    pythonInterpreterPath: attribute.text({ alias: ['interpreterPath', 'pythonPath'] }),
  },
  returns: 'SESSION',
  run: async (input, host) => {
    if (/^\D*2/.test(input.version)) {
      throw new BotError(
        `Python ${excerpt(input.version)} is not supported, only Python 3. Change the version of the action.`,
      );
    }
    const path = input.scriptOption === 'FILE' ? devicePath(input.filePath, host) : '';
    const source =
      path === '' ? input.script : fileWork('read', path, () => decodeText(readFileSync(path), 'FILE-ENCODING'));
    const own = input.pythonInterpreterPath.trim();
    const interpreter = own === '' ? (process.platform === 'win32' ? 'python' : 'python3') : interpreterOf(own, host);
    const folder = path === '' ? (host.run.workFolder ?? process.cwd()) : dirname(path);
    const python = new PythonProcess(interpreter, folder, host);
    try {
      await python.load(source, path, host);
      return keepSession('Python', input.session, new BotSession('Python', python, () => python.close()), host);
    } catch (cause) {
      await python.close();
      throw cause;
    }
  },
});

/** A bare name such as python3.12 is looked for where programs are, a path is a path. */
const interpreterOf = (text: string, host: Host): string => (/[\\/]/.test(text) ? devicePath(text, host) : text);
