import { readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  argumentsOf,
  chooseEnvironmentFile,
  chooseTask,
  platformOf,
  preRunScriptsOf,
  RobotRefusal,
  type RobotYaml,
  readRobotYaml,
  unpackRobot,
} from '@signalbox/robots';
import { type Environment, robotSurroundings } from '../child-environment.ts';
import { Refused } from '../control-room-client.ts';
import type { RobotOrder } from '../protocol.ts';
import type { NotBegun, RunEnd } from '../run-work.ts';
import type { RobotEnvironment } from './environments/builders.ts';
import type { Environments } from './environments/environments.ts';
import { RobologFollower } from './robolog-follower.ts';
import type { RobotFolder } from './robot-folders.ts';
import type { RobotLog } from './robot-log.ts';
import { isThere, NotStarted, type ProgramEnd, runProgram } from './run-program.ts';

export interface RobotRunOptions {
  readonly order: RobotOrder;
  readonly folder: RobotFolder;
  /** The path of the zip. */
  readonly fetchPackage: () => Promise<string>;
  readonly environments: Environments;
  readonly log: RobotLog;
  /** From the moment it begins. */
  readonly timeLimitMs: number;
  /** Aborted with a `Stop` when it is to stop. */
  readonly stopping: AbortSignal;
  /** Tells the server that it begins, and answers whether it may. */
  readonly begin: () => Promise<boolean>;
}

/** Why a robot is to stop. What was stopped by nobody, and has not begun, may be run elsewhere. */
export interface Stop {
  readonly message: string;
  readonly byPerson: boolean;
}

/** All that is to be known before the first program of a robot starts. */
interface Plan {
  readonly scripts: readonly (readonly string[])[];
  readonly task: readonly string[];
  readonly environment: Environment;
}

/** A timer that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** What no other robot would fare better with: no room, no rights, no handles, no memory, a disk that is ill. */
const DEVICE_FAULTS: ReadonlySet<string> = new Set(
  'ENOSPC EDQUOT EROFS EACCES EPERM EMFILE ENFILE ENOMEM EIO'.split(' '),
);
/** How `python` is written where the device's own is meant. */
const PYTHON = /^python3?(\.exe)?$/i;

/**
 * One run of a robot. What cannot run here is found before anything of it does, and ends as DEPLOY_FAILED: package, task,
 * environment, program. Then the server is told, then the scripts run, and then the task.
 */
export class RobotRun {
  readonly #options: RobotRunOptions;

  constructor(options: RobotRunOptions) {
    this.#options = options;
  }

  /** Rejects when the runner ends before the package is there. */
  async work(): Promise<RunEnd | NotBegun> {
    const { folder, log, stopping, begin, fetchPackage } = this.#options;
    const stoppedBefore = (): RunEnd | NotBegun => (stopOf(stopping).byPerson ? aborted(stopping) : 'notBegun');
    try {
      const zip = await untilStopped(fetchPackage(), stopping);
      const plan = await this.#prepare(zip).catch((cause: unknown) => {
        throw cause instanceof RobotRefusal || stopping.aborted ? cause : new Unprepared(cause);
      });
      if (stopping.aborted) return stoppedBefore();
      return (await begin()) ? await this.#runAll(plan) : 'notBegun';
    } catch (cause) {
      if (stopping.aborted) return stoppedBefore();
      if (cause instanceof RobotRefusal || cause instanceof Refused)
        return { status: 'DEPLOY_FAILED', message: cause.message };
      if (cause instanceof Unprepared) return cause.end;
      throw cause;
    } finally {
      log.close();
      await folder.handOver();
    }
  }

  async #prepare(zip: string): Promise<Plan> {
    const { order, folder, environments, log, stopping } = this.#options;
    folder.create();
    await unpackRobot(zip, folder.root);
    const robot = readRobotYaml(readFileSync(join(folder.root, 'robot.yaml')));
    const task = chooseTask(robot, order.robot.taskName);
    const platform = platformOf(process.platform, process.arch);
    const inside = (path: string): string => join(folder.root, path);
    const built = await environments.get(
      {
        file: chooseEnvironmentFile(robot, platform, (file) => isFile(inside(file))),
        robotFolder: folder.root,
        sha256: order.robot.sha256,
        pythonPath: robot.pythonPath.map(inside),
      },
      (text) => log.note('info', text),
      stopping,
    );
    folder.createArtifacts(robot.artifactsDir);
    const plan: Plan = {
      scripts: preRunScriptsOf(robot, platform),
      task: argumentsOf(task, folder.artifacts),
      environment: this.#environmentOf(robot, built),
    };
    // A script may yet make the program that comes after it.
    if (plan.scripts.length === 0) this.#requireProgram(plan);
    return plan;
  }

  async #runAll({ scripts, task, environment }: Plan): Promise<RunEnd> {
    const { folder, log, timeLimitMs, stopping } = this.#options;
    const deadline = new AbortController();
    const limit = setTimeout(() => deadline.abort(), Math.min(timeLimitMs, LONGEST_TIMER_MS));
    const signal = AbortSignal.any([stopping, deadline.signal]);
    const robolog = new RobologFollower(folder.artifacts, (message) => log.robolog(message));
    const run = (words: readonly string[]): Promise<ProgramEnd> => this.#run(words, environment, signal);
    const cut = (): RunEnd | undefined => {
      if (stopping.aborted) return aborted(stopping);
      if (!deadline.signal.aborted) return undefined;
      return { status: 'RUN_TIMED_OUT', message: `It was still running after ${timeLimitMs / 1_000} s.` };
    };
    try {
      const before = cut();
      if (before) return before;
      for (const script of scripts) {
        const end = await run(script);
        const ended = cut() ?? this.#failure(end, `The script before the task, "${script.join(' ')}"`);
        if (ended) return ended;
      }
      const end = await run(task);
      return cut() ?? this.#failure(end) ?? { status: 'COMPLETED' };
    } catch (cause) {
      const why = cause instanceof NotStarted ? cause.message : `The runner could not go on with it: ${String(cause)}`;
      // It has begun: nobody else may be given it.
      return { status: 'RUN_FAILED', message: why };
    } finally {
      clearTimeout(limit);
      robolog.close();
    }
  }

  async #run(words: readonly string[], environment: Environment, signal: AbortSignal): Promise<ProgramEnd> {
    const { folder, log } = this.#options;
    const end = await runProgram({
      words: this.#words(words, environment),
      folder: folder.root,
      environment,
      signal,
      onOutput: (stream, text) => log.output(stream, text),
      onStarted: (pid) => folder.started(pid),
    });
    log.outputEnded();
    return end;
  }

  /** `python` is the one that fits the robot, whatever else is called so on the PATH. */
  #words([program = '', ...rest]: readonly string[], { PYTHON_EXE }: Environment): readonly string[] {
    return [PYTHON_EXE !== undefined && PYTHON.test(program) ? PYTHON_EXE : program, ...rest];
  }

  #failure({ code, how }: ProgramEnd, what?: string): RunEnd | undefined {
    if (code === 0) return undefined;
    const first = code === null ? `Ended by ${how}.` : `Exit code ${code}.`;
    const lines = [what === undefined ? first : `${what}: ${first}`, ...this.#options.log.lastErrors];
    return { status: 'RUN_FAILED', message: lines.join('\n') };
  }

  #requireProgram({ task, environment }: Plan): void {
    const [program = ''] = this.#words(task, environment);
    if (isThere(program, { folder: this.#options.folder.root, environment })) return;
    throw new RobotRefusal(
      'no-environment',
      `"${program}", which the task starts with, is no program on this device. Install it, or put its folder on the PATH of the runner or of robot.yaml.`,
    );
  }

  /** What the robot's programs see: no more of the runner's environment than they need, then the order's, then their places. */
  #environmentOf(robot: RobotYaml, { variables, path, python }: RobotEnvironment): Environment {
    const { order, folder } = this.#options;
    const inside = (places: readonly string[]): string[] => places.map((place) => join(folder.root, place));
    const given: Environment = {
      // What is printed is read while the robot runs.
      PYTHONUNBUFFERED: '1',
      PYTHONIOENCODING: 'utf-8',
      ...robotSurroundings(),
      ...variables,
      ...order.environment,
    };
    const joined = (...places: (string | undefined)[]): string => places.filter(Boolean).join(delimiter);
    return {
      ...given,
      PATH: joined(...inside(robot.path), ...path, given.PATH),
      PYTHONPATH: joined(...inside(robot.pythonPath), given.PYTHONPATH),
      ...(python === undefined ? {} : { PYTHON_EXE: python }),
      ROBOT_ROOT: folder.root,
      ROBOT_ARTIFACTS: folder.artifacts,
    };
  }
}

/** The device could not make a robot ready, for a reason that nobody foresaw. */
class Unprepared extends Error {
  override readonly name = 'Unprepared';
  readonly end: RunEnd;

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The device could not make the robot ready: ${why}.`, { cause });
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const deviceFault = DEVICE_FAULTS.has(code);
    this.end = { status: 'DEPLOY_FAILED', message: this.message, ...(deviceFault ? { deviceFault } : {}) };
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const stopOf = (signal: AbortSignal): Stop => signal.reason as Stop; // nobody else aborts it

const aborted = (signal: AbortSignal): RunEnd => ({ status: 'RUN_ABORTED', message: stopOf(signal).message });

async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
