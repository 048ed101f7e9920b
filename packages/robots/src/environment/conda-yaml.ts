import { readCommandLine } from '../command-line.ts';
import { YamlReader } from '../yaml-reader.ts';

/** One distribution that is asked for, as it stands in the file. */
export interface Requirement {
  /** For messages: `conda.yaml, line 7`. */
  readonly place: string;
  readonly text: string;
}

/** What an environment file asks for (contract §11.2). */
export interface CondaYaml {
  readonly channels: readonly string[];
  readonly conda: readonly Requirement[];
  readonly pip: readonly Requirement[];
  /** What runs after the build: programs with their arguments. */
  readonly postInstall: readonly (readonly string[])[];
}

/**
 * @param file its name, for messages
 * @throws RobotRefusal `bad-yaml`, `too-large`
 */
export function readCondaYaml(content: Buffer | string, file: string): CondaYaml {
  const yaml = new YamlReader(content, file);
  const requirement = (path: readonly (string | number)[], text: string): Requirement => {
    const line = yaml.line(path);
    return { place: line === undefined ? file : `${file}, line ${line}`, text: text.trim() };
  };
  const conda: Requirement[] = [];
  const pip: Requirement[] = [];
  for (const [at, entry] of yaml.list(['dependencies']).entries()) {
    const path = ['dependencies', at];
    if (typeof entry === 'string') {
      conda.push(requirement(path, entry));
      continue;
    }
    const names = yaml.names(path);
    if (names?.length !== 1 || names[0] !== 'pip') {
      throw yaml.refuse(path, 'expected a distribution such as "python=3.11", or the list "pip:"');
    }
    const inner = [...path, 'pip'];
    for (const [index, text] of yaml.texts(inner).entries()) pip.push(requirement([...inner, index], text));
  }
  const postInstall = yaml
    .texts(['rccPostInstall'])
    .map((text, at) => readCommandLine(yaml, ['rccPostInstall', at], text));
  return { channels: yaml.texts(['channels']), conda, pip, postInstall };
}
