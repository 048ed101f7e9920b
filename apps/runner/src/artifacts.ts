import { existsSync, readdirSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { RunnerConfiguration } from './configuration.ts';
import { type ControlRoomClient, Refused } from './control-room-client.ts';
import type { RunnerLog } from './log.ts';
import type { HeldRun } from './protocol.ts';
import { untilItWorks } from './retry.ts';

/** One file may be no larger: the server takes no larger body. */
const LARGEST_FILE = 32 * 1024 * 1024;

/**
 * The folders of runs, one each, and what bots left in them when they ended. A folder stays until its files are sent or
 * refused, so that those of a runner that was killed are sent at the next start.
 */
export class Artifacts {
  readonly #root: string;
  readonly #limits: RunnerConfiguration['artifacts'];
  readonly #client: ControlRoomClient;
  readonly #log: RunnerLog;
  readonly #signal: AbortSignal;
  readonly #sending = new Set<Promise<void>>();

  constructor(configuration: RunnerConfiguration, client: ControlRoomClient, log: RunnerLog, signal: AbortSignal) {
    this.#root = join(configuration.dataDir, 'runs');
    this.#limits = configuration.artifacts;
    this.#client = client;
    this.#log = log;
    this.#signal = signal;
  }

  /** The run's own folder; its name says under which claim its files are sent. */
  folderOf({ id, version }: HeldRun): string {
    return join(this.#root, `${id}.${version}`);
  }

  /** Sends what is in the run's folder, in the background, and removes it. */
  collect(run: HeldRun): void {
    const sending = this.#send(run)
      .catch((cause) => {
        if (!this.#signal.aborted) this.#log.warn({ err: cause, run: run.id }, 'Files of a run could not be sent.');
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  /** Nothing of it is wanted: the run is somebody else's by now. */
  async discard(run: HeldRun): Promise<void> {
    await rm(this.folderOf(run), { recursive: true, force: true });
  }

  /** What a runner that was killed has left. */
  collectLeftovers(): void {
    if (!existsSync(this.#root)) return;
    for (const name of readdirSync(this.#root)) {
      const [, id, version] = /^([\da-f-]{36})\.(\d+)$/.exec(name) ?? [];
      if (id !== undefined) this.collect({ id, version: Number(version) });
    }
  }

  /** Resolves when nothing is being sent. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending);
  }

  async #send(run: HeldRun): Promise<void> {
    const folder = this.folderOf(run);
    if (!existsSync(folder)) return;
    for (const { path, name } of await this.#chosen(folder, run)) {
      const content = await readFile(path);
      try {
        const put = () => this.#client.putArtifact(run, name, content);
        await untilItWorks('file of a run', put, this.#log, this.#signal);
      } catch (cause) {
        if (!(cause instanceof Refused)) throw cause;
        this.#log.warn({ run: run.id, file: name, reason: cause.message }, 'The server does not want a file of a run.');
      }
    }
    await rm(folder, { recursive: true, force: true });
  }

  /** Regular files only: a link may lead anywhere on this device. */
  async #chosen(folder: string, run: HeldRun): Promise<{ path: string; name: string }[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const chosen: { path: string; name: string }[] = [];
    let bytes = 0;
    for (const path of paths.sort()) {
      const { size } = await stat(path);
      const fits = chosen.length < this.#limits.most && size <= LARGEST_FILE && bytes + size <= this.#limits.mostBytes;
      if (!fits) continue;
      bytes += size;
      chosen.push({ path, name: relative(folder, path).split(sep).join('/') });
    }
    if (chosen.length < paths.length) {
      this.#log.warn({ run: run.id, files: paths.length, sent: chosen.length }, 'A run left more than is sent.');
    }
    return chosen;
  }
}
