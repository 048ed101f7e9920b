import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quote, RobotRefusal } from '@signalbox/robots';
import type { Artifacts } from '../artifacts.ts';
import type { RunnerLog } from '../log.ts';
import type { HeldRun } from '../protocol.ts';
import { beginningOf, killCarrying, signalGroup } from './process-group.ts';

const STREAMS = ['stdout', 'stderr'] as const;

/** What the next start of the runner needs to know of a robot that was at work at the last end. */
interface State {
  readonly artifactsDir: string;
  readonly pid?: number;
  readonly beginning?: string;
}

/**
 * The folder of one run of a robot: the unpacked robot, what its programs wrote to their outputs, and which of them runs. At the
 * end what the robot put out goes to the folder of which the runner sends all, and the rest is removed.
 */
export class RobotFolder {
  readonly #folder: string;
  readonly #run: HeldRun;
  readonly #artifacts: Artifacts;
  readonly #log: RunnerLog;
  #artifactsDir = '';

  constructor(folder: string, run: HeldRun, artifacts: Artifacts, log: RunnerLog) {
    this.#folder = folder;
    this.#run = run;
    this.#artifacts = artifacts;
    this.#log = log;
  }

  /** Where the robot is unpacked: ROBOT_ROOT. */
  get root(): string {
    return join(this.#folder, 'robot');
  }

  /** ROBOT_ARTIFACTS. */
  get artifacts(): string {
    return join(this.root, this.#artifactsDir);
  }

  outputFile(stream: (typeof STREAMS)[number]): string {
    return join(this.#folder, `${stream}.log`);
  }

  create(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /**
   * What a package brings along in it stays, but for robologs: those were written by another run, and would be read as this one's.
   *
   * @throws RobotRefusal when it is a file of the package
   */
  createArtifacts(artifactsDir: string): void {
    this.#artifactsDir = artifactsDir;
    const there = lstatSync(this.artifacts, { throwIfNoEntry: false });
    if (there && !there.isDirectory()) {
      throw new RobotRefusal(
        'bad-yaml',
        `robot.yaml: artifactsDir: expected a folder, got the file ${quote(artifactsDir)}.`,
      );
    }
    mkdirSync(this.artifacts, { recursive: true });
    for (const name of readdirSync(this.artifacts)) {
      if (name.endsWith('.robolog')) rmSync(join(this.artifacts, name), { recursive: true });
    }
    this.#write({ artifactsDir });
  }

  /** Told before anything can go wrong: a runner that is killed finds the program again by it. */
  started(pid: number): void {
    const beginning = beginningOf(pid);
    this.#write({ artifactsDir: this.#artifactsDir, pid, ...(beginning === undefined ? {} : { beginning }) });
  }

  /** Ends what a killed runner left running. */
  endLeftover(): void {
    const { artifactsDir, pid, beginning } = this.#read();
    this.#artifactsDir = artifactsDir;
    // Under the number may run something else by now.
    if (pid !== undefined && beginning !== undefined && beginningOf(pid) === beginning) signalGroup(pid, 'SIGKILL');
    killCarrying('ROBOT_ROOT', this.root);
  }

  /** To where it is sent from; nothing stays. What cannot be moved now is tried again at the next start. */
  async handOver(): Promise<void> {
    try {
      this.#moveArtifacts();
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    } catch (cause) {
      this.#log.error({ err: cause, run: this.#run.id }, 'The folder of a robot cannot be cleared away.');
    }
  }

  #moveArtifacts(): void {
    const target = this.#artifacts.folderOf(this.#run);
    const { artifacts } = this;
    if (this.#artifactsDir !== '' && isFolder(artifacts) && !existsSync(target)) {
      mkdirSync(join(target, '..'), { recursive: true });
      renameSync(artifacts, target);
    }
    for (const stream of STREAMS) {
      if (!existsSync(this.outputFile(stream))) continue;
      mkdirSync(target, { recursive: true });
      const place = join(target, `${stream}.log`);
      rmSync(place, { recursive: true, force: true });
      renameSync(this.outputFile(stream), place);
    }
  }

  #write(state: State): void {
    const path = join(this.#folder, 'state.json');
    writeFileSync(`${path}.new`, JSON.stringify(state));
    renameSync(`${path}.new`, path);
  }

  #read(): State {
    try {
      return JSON.parse(readFileSync(join(this.#folder, 'state.json'), 'utf8')) as State; // written by the above
    } catch {
      return { artifactsDir: '' };
    }
  }
}

/** The folders of all runs of robots of this device. */
export class RobotFolders {
  readonly #root: string;
  readonly #artifacts: Artifacts;
  readonly #log: RunnerLog;

  constructor(dataDir: string, artifacts: Artifacts, log: RunnerLog) {
    this.#root = join(dataDir, 'robots', 'runs');
    this.#artifacts = artifacts;
    this.#log = log;
  }

  of(run: HeldRun): RobotFolder {
    return new RobotFolder(join(this.#root, `${run.id}.${run.version}`), run, this.#artifacts, this.#log);
  }

  /** What a runner that was killed has left: programs are ended, and what they put out will be sent. */
  async endLeftovers(): Promise<void> {
    if (!existsSync(this.#root)) return;
    for (const name of readdirSync(this.#root)) {
      const [, id, version] = /^([\da-f-]{36})\.(\d+)$/.exec(name) ?? [];
      if (id === undefined) continue;
      const folder = this.of({ id, version: Number(version) });
      folder.endLeftover();
      await folder.handOver();
      this.#log.warn(
        { run: id },
        'A robot was at work when the runner was killed; whatever was left of it has been ended.',
      );
    }
  }
}

/** Not through a link: that may lead anywhere on this device. */
function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
