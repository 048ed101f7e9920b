import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type CondaYaml, RobotRefusal, readCondaRequirement } from '@signalbox/robots';
import { builderSurroundings, type Environment } from '../../child-environment.ts';
import { findProgram } from '../find-program.ts';
import { NotStarted, type ProgramCall, runProgram } from '../run-program.ts';

/** Where a robot's programs run. */
export interface RobotEnvironment {
  readonly variables: Environment;
  /** Folders with programs, before those of the device. */
  readonly path: readonly string[];
  /** What `python` means, where there is one. */
  readonly python: string | undefined;
}

/** An environment that is to be had. */
export interface Wish {
  readonly asked: CondaYaml;
  /** Of robot.yaml. */
  readonly robotFolder: string;
  readonly hash: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Builder {
  /** The program that it needs. */
  readonly tool: string;
  can(asked: CondaYaml): boolean;
  /** @throws RobotRefusal `no-environment` */
  build(program: string, folder: string, wish: Wish): Promise<RobotEnvironment>;
  /** Its tool keeps environments itself, and has to be asked for each run. */
  readonly keepsItself?: true;
}

const windows = process.platform === 'win32';
const LAST_LINES = 8;

/** What of conda's names uv knows by itself. */
const UV_KNOWS: ReadonlySet<string> = new Set(['python', 'pip', 'uv']);

const uv: Builder = {
  tool: 'uv',
  can: ({ conda }) =>
    conda.every((one) => {
      const meaning = readCondaRequirement(one);
      return meaning.kind === 'wanted' && UV_KNOWS.has(meaning.wanted.name);
    }),
  build: async (program, folder, wish) => {
    const prefix = join(folder, 'venv');
    const environment = virtualEnvironment(prefix);
    const version = pythonOf(wish.asked);
    await buildStep(wish, [program, 'venv', ...(version === '' ? [] : ['--python', version]), prefix]);
    if (wish.asked.pip.length > 0) {
      const file = join(folder, 'requirements.txt');
      writeFileSync(file, wish.asked.pip.map(({ text }) => `${text}\n`).join(''));
      await buildStep(wish, [program, 'pip', 'install', '--python', environment.python, '--requirement', file]);
    }
    await afterwards(wish, environment);
    return environment;
  },
};

/** All three take the same file; only how they are told not to ask differs. */
const conda = (tool: string, ...command: string[]): Builder => ({
  tool,
  can: () => true,
  build: async (program, folder, wish) => {
    const prefix = join(folder, 'conda');
    const file = join(folder, 'environment.yaml');
    const { asked } = wish;
    const texts = (some: CondaYaml['conda']): string[] => some.map(({ text }) => text);
    const dependencies = [...texts(asked.conda), ...(asked.pip.length > 0 ? [{ pip: texts(asked.pip) }] : [])];
    // JSON is YAML. Without what conda does not know.
    writeFileSync(file, JSON.stringify({ channels: asked.channels, dependencies }));
    await buildStep(wish, [program, ...command, '--prefix', prefix, '--file', file]);
    const folders = windows ? [prefix, join(prefix, 'Library', 'bin'), join(prefix, 'Scripts')] : [join(prefix, 'bin')];
    const python = windows ? join(prefix, 'python.exe') : join(prefix, 'bin', 'python');
    const environment = { variables: { CONDA_PREFIX: prefix }, path: folders, python };
    await afterwards(wish, environment);
    return environment;
  },
});

const rcc: Builder = {
  tool: 'rcc',
  can: () => true,
  keepsItself: true,
  build: async (program, _folder, wish) => {
    const space = `signalbox-${wish.hash.slice(0, 12)}`;
    const robot = join(wish.robotFolder, 'robot.yaml');
    const said = await buildStep(wish, [
      program,
      'holotree',
      'variables',
      '--space',
      space,
      '--robot',
      robot,
      '--json',
    ]);
    const variables = readVariables(said);
    const { PATH = '', PYTHON_EXE, ...others } = variables;
    return { variables: others, path: PATH.split(delimiter).filter((one) => one !== ''), python: PYTHON_EXE };
  },
};

/** In the order in which they are tried: the fastest that can do what is asked for. */
export const BUILDERS: readonly Builder[] = [
  uv,
  rcc,
  conda('micromamba', 'create', '--yes'),
  conda('mamba', 'env', 'create', '--yes'),
  conda('conda', 'env', 'create'),
];

/** The builder for an environment that this device has the tool for. */
export function chooseBuilder(
  builders: readonly Builder[],
  asked: CondaYaml,
  searchPath: string,
): { readonly builder: Builder; readonly program: string } | undefined {
  for (const builder of builders) {
    const program = builder.can(asked) ? findProgram(builder.tool, searchPath) : undefined;
    if (program !== undefined) return { builder, program };
  }
  return undefined;
}

/** What of use to robots is on the PATH. */
export function robotTools(searchPath: string): readonly string[] {
  const tools = ['python3', ...BUILDERS.map(({ tool }) => tool)];
  return tools.filter((tool) => findProgram(tool, searchPath) !== undefined);
}

function virtualEnvironment(prefix: string): RobotEnvironment & { readonly python: string } {
  const programs = join(prefix, windows ? 'Scripts' : 'bin');
  const python = join(programs, windows ? 'python.exe' : 'python');
  return { variables: { VIRTUAL_ENV: prefix }, path: [programs], python };
}

/** As uv takes it: conda's `=3.10` is its `3.10`. */
function pythonOf({ conda: asked }: CondaYaml): string {
  for (const one of asked) {
    const meaning = readCondaRequirement(one);
    if (meaning.kind === 'wanted' && meaning.wanted.name === 'python')
      return meaning.wanted.versions.replace(/^=(?!=)/, '').replace(/\.\*$/, '');
  }
  return '';
}

async function afterwards(wish: Wish, environment: RobotEnvironment): Promise<void> {
  for (const words of wish.asked.postInstall) await buildStep(wish, words, environment);
}

/**
 * Runs one program of a build, which sees what builders may see and, where there is one already, the environment itself.
 *
 * @returns what it wrote to its standard output
 * @throws RobotRefusal `no-environment` with its last lines
 */
export async function buildStep(wish: Wish, words: readonly string[], inside?: RobotEnvironment): Promise<string> {
  const own = builderSurroundings();
  const path = [...(inside?.path ?? []), own.PATH ?? ''].join(delimiter);
  const last: string[] = [];
  let said = '';
  const call: ProgramCall = {
    words,
    folder: wish.robotFolder,
    // By its root it is found again when the runner is killed meanwhile.
    environment: { ...own, ...inside?.variables, PATH: path, ROBOT_ROOT: wish.robotFolder },
    signal: wish.signal,
    onOutput: (stream, text) => {
      if (stream === 'stdout') said += text;
      for (const line of text.split(/[\r\n]+/).filter((one) => one.trim() !== '')) {
        wish.say(line);
        last.push(line);
        if (last.length > LAST_LINES) last.shift();
      }
    },
  };
  try {
    const { code, how } = await runProgram(call);
    wish.signal.throwIfAborted();
    if (code === 0) return said;
    throw refuse(words, `ended with ${how}`, last);
  } catch (cause) {
    throw cause instanceof NotStarted ? refuse(words, cause.message, []) : cause;
  }
}

function refuse(words: readonly string[], why: string, last: readonly string[]): RobotRefusal {
  const command = words.slice(0, 4).join(' ');
  const lines = [`The robot's environment could not be built: ${command} ${why}.`, ...last];
  return new RobotRefusal('no-environment', lines.join('\n'));
}

function readVariables(text: string): Record<string, string> {
  try {
    // A list of keys and values; what comes before it is talk.
    const list = JSON.parse(text.slice(text.indexOf('['))) as readonly { key: unknown; value: unknown }[];
    return Object.fromEntries(list.map(({ key, value }) => [String(key), String(value)]));
  } catch (cause) {
    throw new RobotRefusal('no-environment', 'rcc did not say which variables its environment has.', { cause });
  }
}
