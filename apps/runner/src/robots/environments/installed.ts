import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import {
  type CondaYaml,
  fitsVersion,
  normalName,
  type Requirement,
  type RequirementMeaning,
  RobotRefusal,
  readCondaRequirement,
  readPipRequirement,
} from '@signalbox/robots';
import type { Environment } from '../../child-environment.ts';
import { findProgram } from '../find-program.ts';

/** For the build of an environment only: a robot that runs in one that is there does not need them. */
const TOOLS: ReadonlySet<string> = new Set(['python', 'pip', 'uv', 'setuptools', 'wheel']);

/** Asks an interpreter for itself and for what is installed. Nothing that is installed is run by it. */
const QUESTION = `
import json, sys
try:
    from importlib import metadata
except ImportError:
    metadata = None
found = {}
if metadata:
    for one in metadata.distributions(path=sys.path[1:] + sys.argv[1:]):
        name = one.metadata['Name']
        if name and name not in found:
            found[name] = one.version
print(json.dumps({'path': sys.executable, 'version': '.'.join(map(str, sys.version_info[:3])), 'system': sys.platform, 'found': found}))
`;
const PATIENCE_MS = 60_000;

/** A Python of this device. */
export interface Interpreter {
  readonly path: string;
  readonly version: string;
  /** As `sys.platform`. */
  readonly system: string;
  /** Versions by the normal names of distributions. */
  readonly found: ReadonlyMap<string, string>;
}

/**
 * The interpreter of this device that has all that a robot asks for. For devices on which nobody builds environments.
 *
 * @param folders of the robot in which more may be installed
 * @throws RobotRefusal `no-environment`: what is missing, and which line asks for it
 */
export async function requireInstalled(
  asked: CondaYaml,
  folders: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): Promise<Interpreter> {
  const pythons = asked.conda.flatMap((one) => {
    const meaning = readCondaRequirement(one);
    return meaning.kind === 'wanted' && meaning.wanted.name === 'python'
      ? [{ ...one, versions: meaning.wanted.versions }]
      : [];
  });
  let first: string | undefined;
  for (const path of candidates(pythons[0]?.versions ?? '', environment.PATH ?? '')) {
    const interpreter = await ask(path, folders, environment, signal);
    if (!interpreter) continue;
    const unfit = pythons.find(({ versions }) => !fitsVersion(interpreter.version, versions));
    const missing = unfit
      ? [`${unfit.place}: ${unfit.text} is asked for, and this is ${interpreter.version}`]
      : missingIn(interpreter, asked);
    if (missing.length === 0) return interpreter;
    first ??= `The Python at ${interpreter.path} does not do: ${missing.join('; ')}`;
  }
  throw new RobotRefusal(
    'no-environment',
    `This device lacks the robot's environment. ${first ?? 'It has no Python 3.8 or newer'}. Install it there, or put uv, rcc or conda on the runner's PATH: they build what a robot asks for.`,
  );
}

/** The one that is asked for by its own name first. */
function candidates(versions: string, searchPath: string): string[] {
  const [exact] = /\d+\.\d+/.exec(versions) ?? [];
  const names = [...(exact === undefined ? [] : [`python${exact}`]), 'python3', 'python'];
  return [...new Set(names.flatMap((name) => findProgram(name, searchPath) ?? []))];
}

async function ask(
  path: string,
  folders: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): Promise<Interpreter | undefined> {
  try {
    // Modules of the folder that it is started in would go before its own.
    const options = {
      cwd: dirname(path),
      env: environment,
      signal,
      timeout: PATIENCE_MS,
      maxBuffer: 32 * 1024 * 1024,
      windowsHide: true,
    };
    const { stdout } = await promisify(execFile)(path, ['-E', '-c', QUESTION, ...folders], options);
    // Of our own question.
    const answer = JSON.parse(stdout) as Omit<Interpreter, 'found'> & { found: Readonly<Record<string, string>> };
    const found = Object.entries(answer.found).map(([name, version]) => [normalName(name), version] as const);
    return fitsVersion(answer.version, '>=3.8') ? { ...answer, found: new Map(found) } : undefined;
  } catch {
    signal.throwIfAborted();
    // What stands there under its name is no Python that works, such as a shim of a version that is not installed.
    return undefined;
  }
}

function missingIn({ found, version, system }: Interpreter, { conda, pip }: CondaYaml): string[] {
  const facts = { pythonVersion: version, system };
  return [
    ...conda.flatMap((one) => missing(one, readCondaRequirement(one), found)),
    ...pip.flatMap((one) => missing(one, readPipRequirement(one, facts), found)),
  ];
}

function missing({ place, text }: Requirement, meaning: RequirementMeaning, found: Interpreter['found']): string[] {
  if (meaning.kind === 'nothing') return [];
  if (meaning.kind === 'unknown') return [`${place}: nobody can tell whether ${text} is installed`];
  const { name, versions } = meaning.wanted;
  if (TOOLS.has(name)) return [];
  const have = found.get(name);
  if (have === undefined) return [`${place}: ${text} is asked for, and it is not installed`];
  return fitsVersion(have, versions) ? [] : [`${place}: ${text} is asked for, and ${have} is installed`];
}
