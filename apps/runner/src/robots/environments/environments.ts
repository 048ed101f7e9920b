import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CondaYaml, RobotRefusal, readCondaYaml, readPipRequirement } from '@signalbox/robots';
import { robotSurroundings } from '../../child-environment.ts';
import { findProgram } from '../find-program.ts';
import { BUILDERS, type Builder, chooseBuilder, type RobotEnvironment, type Wish } from './builders.ts';
import { requireInstalled } from './installed.ts';

/** How long a build may take. Meanwhile the run has not begun. */
const BUILD_LIMIT_MS = 60 * 60_000;
/** What nobody has used for so long goes. No run takes that long. */
const UNUSED_MS = 40 * 24 * 60 * 60_000;

/** What a robot asks for. */
export interface EnvironmentOrder {
  /** Relative to the robot's folder; undefined when it asks for nothing. */
  readonly file: string | undefined;
  readonly robotFolder: string;
  /** Of the package. */
  readonly sha256: string;
  /** More folders with Python modules, absolute. */
  readonly pythonPath: readonly string[];
}

/**
 * Environments of robots. Where one of the tools that build them is there, each is built once for what it asks for, whoever
 * asks, and then shared. Elsewhere what the device has must do, and is compared line by line.
 */
export class Environments {
  readonly #root: string;
  readonly #searchPath: string;
  readonly #building = new Map<string, Promise<RobotEnvironment>>();

  readonly #builders: readonly Builder[];

  /** @param searchPath where tools are looked for */
  constructor(dataDir: string, searchPath = process.env.PATH ?? '', builders = BUILDERS) {
    this.#builders = builders;
    this.#root = join(dataDir, 'robots', 'environments');
    this.#searchPath = searchPath;
  }

  /**
   * @param say hears of what is built
   * @throws RobotRefusal `no-environment`: why it cannot be had here
   */
  async get(order: EnvironmentOrder, say: (text: string) => void, signal: AbortSignal): Promise<RobotEnvironment> {
    const surroundings = { ...robotSurroundings(), PATH: this.#searchPath };
    if (order.file === undefined) {
      const python = findProgram('python3', this.#searchPath) ?? findProgram('python', this.#searchPath);
      return { variables: {}, path: [], python };
    }
    const asked = readCondaYaml(readFileSync(join(order.robotFolder, order.file)), order.file);
    const chosen = chooseBuilder(this.#builders, asked, this.#searchPath);
    if (!chosen) {
      const { path } = await requireInstalled(asked, order.pythonPath, surroundings, signal);
      return { variables: {}, path: [], python: path };
    }
    const { builder, program } = chosen;
    const hash = hashOf(builder.tool, asked, order);
    const wish: Wish = { asked, robotFolder: order.robotFolder, hash, say, signal };
    if (builder.keepsItself) return this.#limited(wish, (limited) => builder.build(program, '', limited));
    return this.#shared(wish, async (folder, limited) => {
      say(`Building the environment of ${order.file} with ${builder.tool}.`);
      return builder.build(program, folder, limited);
    });
  }

  /** Built once also when several ask at the same time. A build that one of them gives up is begun anew by the next. */
  async #shared(
    wish: Wish,
    build: (folder: string, wish: Wish) => Promise<RobotEnvironment>,
  ): Promise<RobotEnvironment> {
    const folder = join(this.#root, wish.hash);
    for (;;) {
      const ready = readReady(folder);
      if (ready) return ready;
      const underWay = this.#building.get(wish.hash);
      if (!underWay) break;
      wish.say('Waiting for the environment that another run is having built.');
      const built = await Promise.race([underWay.catch((cause: unknown) => toRefusal(cause)), aborted(wish.signal)]);
      if (built instanceof RobotRefusal) throw built;
      if (built) return built;
    }
    this.#removeUnused();
    const building = this.#limited(wish, async (limited) => {
      // What an earlier try left.
      rmSync(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const environment = await build(folder, limited);
      writeFileSync(join(folder, 'ready.json'), JSON.stringify(environment), { flush: true });
      return environment;
    }).finally(() => this.#building.delete(wish.hash));
    this.#building.set(wish.hash, building);
    return building;
  }

  async #limited(wish: Wish, work: (limited: Wish) => Promise<RobotEnvironment>): Promise<RobotEnvironment> {
    const limit = AbortSignal.timeout(BUILD_LIMIT_MS);
    try {
      return await work({ ...wish, signal: AbortSignal.any([wish.signal, limit]) });
    } catch (cause) {
      if (!limit.aborted || wish.signal.aborted) throw cause;
      const minutes = BUILD_LIMIT_MS / 60_000;
      throw new RobotRefusal('no-environment', `The robot's environment was not built within ${minutes} minutes.`, {
        cause,
      });
    }
  }

  #removeUnused(): void {
    if (!existsSync(this.#root)) return;
    for (const name of readdirSync(this.#root)) {
      const used = statSync(join(this.#root, name, 'ready.json'), { throwIfNoEntry: false });
      if (used && used.mtimeMs < Date.now() - UNUSED_MS)
        rmSync(join(this.#root, name), { recursive: true, force: true });
    }
  }
}

/** What decides about its content, and nothing else: robots share what is the same for them. */
function hashOf(tool: string, { channels, conda, pip, postInstall }: CondaYaml, { sha256 }: EnvironmentOrder): string {
  const facts = { pythonVersion: '', system: process.platform };
  // What names a file names one of this robot.
  const ownFiles = pip.some((one) => readPipRequirement(one, facts).kind === 'unknown') || postInstall.length > 0;
  const texts = (some: CondaYaml['conda']): string[] => some.map(({ text }) => text);
  const what = [
    tool,
    process.platform,
    process.arch,
    channels,
    texts(conda),
    texts(pip),
    postInstall,
    ownFiles && sha256,
  ];
  return createHash('sha256').update(JSON.stringify(what)).digest('hex');
}

function readReady(folder: string): RobotEnvironment | undefined {
  const file = join(folder, 'ready.json');
  if (!existsSync(file)) return undefined;
  const now = new Date();
  utimesSync(file, now, now);
  return JSON.parse(readFileSync(file, 'utf8')) as RobotEnvironment; // written when it was built
}

/** What is wrong with the environment is wrong for all that wait; that somebody stopped his run is not. */
function toRefusal(cause: unknown): RobotRefusal | undefined {
  return cause instanceof RobotRefusal ? cause : undefined;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
