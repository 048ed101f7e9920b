import { arch, availableParallelism, homedir, hostname, type as osType, tmpdir, userInfo } from 'node:os';
import { action, attribute, BotError } from '@signalbox/taskbot';
import { excerpt } from '../support/text.ts';

/** What Windows keeps in its environment, for devices that do not. */
const KNOWN: Readonly<Record<string, () => string>> = {
  USERNAME: () => userInfo().username,
  COMPUTERNAME: hostname,
  MACHINE: hostname,
  USERPROFILE: homedir,
  HOMEPATH: homedir,
  TEMP: tmpdir,
  TMP: tmpdir,
  TEMPDIR: tmpdir,
  OS: osType,
  OSNAME: osType,
  PROCESSOR: arch,
  PROCESSOR_ARCHITECTURE: arch,
  NUMBER_OF_PROCESSORS: () => String(availableParallelism()),
};

/** The runner's own environment may hold what a bot must not read. */
const SECRET = /TOKEN|SECRET|PASS|CREDENTIAL|PRIVATE|(?:API|ACCESS|ENCRYPTION|_)_?KEY|DATABASE_URL|CONNECTION/i;

export const systemInformation = action({
  package: 'System',
  name: 'systemInformation',
  summary: 'Reads an environment variable of the device, such as USERNAME.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: {
    variableOption: attribute.choice(['BY_SELECTION', 'BY_TEXT']),
    systemNameBySelection: attribute.text(),
    systemNameByText: attribute.text(),
  },
  returns: 'STRING',
  run: (input) => {
    const name = (input.variableOption === 'BY_TEXT' ? input.systemNameByText : input.systemNameBySelection).trim();
    if (SECRET.test(name)) {
      throw new BotError(`"${excerpt(name)}" is not for bots to read. Put secrets into a locker and use a credential.`);
    }
    const value = environment(name) ?? KNOWN[name.toUpperCase()]?.();
    if (value !== undefined) return value;
    throw new BotError(
      `This device has no variable "${excerpt(name)}". Always there are ${Object.keys(KNOWN).join(', ')}; the letter case does not matter.`,
    );
  },
});

const environment = (name: string): string | undefined => {
  const wanted = name.toUpperCase();
  const key = Object.keys(process.env).find((candidate) => candidate.toUpperCase() === wanted);
  return key === undefined ? undefined : process.env[key];
};
