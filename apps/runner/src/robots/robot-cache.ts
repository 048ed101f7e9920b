import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RobotRefusal } from '@signalbox/robots';
import { type ControlRoomClient, Refused } from '../control-room-client.ts';
import type { RunnerLog } from '../log.ts';
import type { RobotOrder } from '../protocol.ts';
import { untilItWorks } from '../retry.ts';

/** What is kept of packages, in bytes; beyond it the ones that were not used for longest go. */
const MOST_BYTES = 2 * 1024 ** 3;
/** Whoever was given a package unpacks it within this time. */
const IN_USE_MS = 10 * 60_000;
/** How often a package may arrive as another one than was ordered. */
const TRIES = 3;

/** Packages of robots on this device's disk, by their hash. Fetching begins when an order for one arrives. */
export class RobotCache {
  readonly #folder: string;
  readonly #client: ControlRoomClient;
  readonly #log: RunnerLog;
  readonly #signal: AbortSignal;
  readonly #mostBytes: number;
  readonly #fetching = new Map<string, Promise<string>>();

  constructor(dataDir: string, client: ControlRoomClient, log: RunnerLog, signal: AbortSignal, mostBytes = MOST_BYTES) {
    this.#folder = join(dataDir, 'robots', 'packages');
    this.#client = client;
    this.#log = log;
    this.#signal = signal;
    this.#mostBytes = mostBytes;
  }

  /** Begins to fetch. What goes wrong is told to who asks for it with `get`. */
  fetch(order: RobotOrder): void {
    this.get(order).catch(() => {});
  }

  /**
   * The path of the package, to be unpacked at once.
   *
   * @throws Refused when the server has none; RobotRefusal when what it sends is not what was ordered
   */
  async get(order: RobotOrder): Promise<string> {
    const { id, robot } = order;
    const path = join(this.#folder, `${robot.sha256}.zip`);
    const underWay = this.#fetching.get(path);
    if (underWay) {
      return underWay.catch((cause: unknown) => {
        // The server said no to another run, which may have been lost meanwhile.
        if (cause instanceof Refused) return this.#fetch(id, robot.sha256, path);
        throw cause;
      });
    }
    if (statSync(path, { throwIfNoEntry: false })) {
      const now = new Date();
      utimesSync(path, now, now);
      return path;
    }
    const fetching = this.#fetch(id, robot.sha256, path).finally(() => this.#fetching.delete(path));
    this.#fetching.set(path, fetching);
    return fetching;
  }

  async #fetch(runId: string, sha256: string, path: string): Promise<string> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (let tries = 1; tries <= TRIES; tries++) {
      const arriving = `${path}.arriving`;
      const hash = await untilItWorks('robot', () => this.#receive(runId, arriving), this.#log, this.#signal);
      if (hash === sha256.toLowerCase()) {
        renameSync(arriving, path);
        this.#makeRoom();
        return path;
      }
      rmSync(arriving);
      this.#log.warn({ run: runId, expected: sha256, got: hash }, 'A robot arrived as another one than was ordered.');
    }
    throw new RobotRefusal(
      'damaged',
      `The robot did not arrive as it was sent, ${TRIES} times. Deploy it again later.`,
    );
  }

  async #receive(runId: string, path: string): Promise<string> {
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(piece: Buffer, _encoding, done) {
        hash.update(piece);
        done(null, piece);
      },
    });
    await pipeline(await this.#client.robot(runId, this.#signal), hashing, createWriteStream(path, { mode: 0o600 }));
    return hash.digest('hex');
  }

  #makeRoom(): void {
    const packages = readdirSync(this.#folder)
      .map((name) => ({ path: join(this.#folder, name), ...pick(join(this.#folder, name)) }))
      .sort((a, b) => b.usedOn - a.usedOn);
    let bytes = 0;
    for (const { path, size, usedOn } of packages) {
      bytes += size;
      if (bytes > this.#mostBytes && usedOn < Date.now() - IN_USE_MS) rmSync(path, { force: true });
    }
  }
}

function pick(path: string): { size: number; usedOn: number } {
  const { size, mtimeMs } = statSync(path);
  return { size, usedOn: mtimeMs };
}
