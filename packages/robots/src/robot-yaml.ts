import { readCommandLine } from './command-line.ts';
import { quote } from './robot-refusal.ts';
import { type Path, YamlReader } from './yaml-reader.ts';

/** How a task is started. */
export type TaskCommand =
  /** A task of Robot Framework, by its name. */
  | { readonly kind: 'robotTaskName'; readonly robotTaskName: string }
  /** The words of a `shell` line, or of a `command` list. */
  | { readonly kind: 'words'; readonly words: readonly string[] };

export interface RobotTask {
  readonly name: string;
  readonly command: TaskCommand;
}

/** What robot.yaml says (contract §11.1). Folders and files are relative to it, with slashes. */
export interface RobotYaml {
  readonly tasks: readonly RobotTask[];
  /** For developers only. */
  readonly devTasks: readonly RobotTask[];
  /** By priority; the last may be the one of `condaConfigFile`. */
  readonly environmentFiles: readonly string[];
  readonly preRunScripts: readonly { readonly text: string; readonly words: readonly string[] }[];
  readonly artifactsDir: string;
  readonly ignoreFiles: readonly string[];
  readonly path: readonly string[];
  readonly pythonPath: readonly string[];
}

const DEFAULT_ARTIFACTS = 'output';
const WAYS = ['robotTaskName', 'shell', 'command'] as const;

/**
 * Reads robot.yaml. Keys that are not known are passed over: robots carry those of older tools along.
 *
 * @throws RobotRefusal `bad-yaml`, `too-large`: which key, in which line, what was expected and what came
 */
export function readRobotYaml(content: Buffer | string): RobotYaml {
  const yaml = new YamlReader(content, 'robot.yaml');
  const tasks = readTasks(yaml, 'tasks');
  if (tasks.length === 0) throw yaml.refuse(['tasks'], 'expected at least one task, such as "Main:", got none');
  return {
    tasks,
    devTasks: readTasks(yaml, 'devTasks'),
    environmentFiles: readEnvironmentFiles(yaml),
    preRunScripts: yaml.texts(['preRunScripts']).map((text, at) => ({
      text,
      words: readCommandLine(yaml, ['preRunScripts', at], text),
    })),
    artifactsDir: readArtifactsDir(yaml),
    ignoreFiles: yaml.texts(['ignoreFiles']).map((file, at) => readInnerPath(yaml, ['ignoreFiles', at], file)),
    path: yaml.texts(['PATH']).map((folder, at) => readInnerPath(yaml, ['PATH', at], folder)),
    pythonPath: yaml.texts(['PYTHONPATH']).map((folder, at) => readInnerPath(yaml, ['PYTHONPATH', at], folder)),
  };
}

function readTasks(yaml: YamlReader, key: 'tasks' | 'devTasks'): RobotTask[] {
  return (yaml.names([key]) ?? []).map((name) => {
    const path = [key, name];
    if (name.trim() === '') throw yaml.refuse(path, 'expected a name for the task, got none');
    const given = yaml.names(path) ?? [];
    const ways = WAYS.filter((way) => given.includes(way));
    const [way] = ways;
    if (way === undefined || ways.length > 1) {
      const got = ways.length > 1 ? ways.join(' and ') : given.length === 0 ? 'nothing' : given.map(quote).join(', ');
      throw yaml.refuse(path, `expected exactly one of ${WAYS.join(', ')}, got ${got}`);
    }
    return { name: name.trim(), command: readCommand(yaml, [...path, way], way) };
  });
}

function readCommand(yaml: YamlReader, path: Path, way: (typeof WAYS)[number]): TaskCommand {
  if (way === 'command') {
    const words = yaml.texts(path);
    if (words.length === 0) throw yaml.refuse(path, 'expected a list with the program and its arguments, got none');
    return { kind: 'words', words };
  }
  const text = yaml.text(path);
  if (text === undefined)
    throw yaml.refuse(path, `expected ${way === 'shell' ? 'a command line' : 'a name'}, got nothing`);
  if (way === 'robotTaskName') return { kind: 'robotTaskName', robotTaskName: text.trim() };
  return { kind: 'words', words: readCommandLine(yaml, path, text) };
}

function readEnvironmentFiles(yaml: YamlReader): readonly string[] {
  const listed = yaml.texts(['environmentConfigs']).map((file, at) => ({ file, path: ['environmentConfigs', at] }));
  const older = yaml.text(['condaConfigFile']);
  const all: { file: string; path: Path }[] =
    older === undefined ? listed : [...listed, { file: older, path: ['condaConfigFile'] }];
  return [...new Set(all.map(({ file, path }) => readInnerPath(yaml, path, file)))];
}

function readArtifactsDir(yaml: YamlReader): string {
  const path = ['artifactsDir'];
  const folder = readInnerPath(yaml, path, yaml.text(path) ?? DEFAULT_ARTIFACTS);
  // All that is in it leaves the device, and what the robot is made of is no output.
  if (folder === '') throw yaml.refuse(path, 'expected a folder below that of robot.yaml, got that folder itself');
  return folder;
}

/** A path below the robot's folder, tidied; empty is the folder itself. */
function readInnerPath(yaml: YamlReader, path: Path, given: string): string {
  const text = given.trim().replaceAll('\\', '/');
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (text.startsWith('/') || /^[a-z]:/i.test(text) || parts.includes('..') || text.includes('\0')) {
    throw yaml.refuse(path, `expected a path inside the robot's folder, got ${quote(given)}`);
  }
  return parts.join('/');
}
