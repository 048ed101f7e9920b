import { createRedactor } from '@signalbox/taskbot';
import type { ControlRoomClient } from '../control-room-client.ts';
import type { RobotOrder } from '../protocol.ts';
import type { RunReporter } from '../run-reporter.ts';
import type { AtWork, RunKind, RunSlot } from '../run-work.ts';
import type { Surroundings } from '../workload.ts';
import { Environments } from './environments/environments.ts';
import { RobotCache } from './robot-cache.ts';
import type { RobotFolders } from './robot-folders.ts';
import { RobotLog } from './robot-log.ts';
import { RobotRun, type Stop } from './robot-run.ts';

/** Robots: packages of programs, each run in a folder and in processes of its own. */
export class RobotRuns implements RunKind<RobotOrder> {
  readonly #around: Surroundings;
  readonly #reporter: RunReporter;
  readonly #folders: RobotFolders;
  readonly #cache: RobotCache;
  readonly #environments: Environments;

  constructor(
    around: Surroundings,
    reporter: RunReporter,
    folders: RobotFolders,
    client: ControlRoomClient,
    ended: AbortSignal,
  ) {
    const { dataDir } = around.configuration;
    this.#around = around;
    this.#reporter = reporter;
    this.#folders = folders;
    this.#cache = new RobotCache(dataDir, client, around.log, ended);
    this.#environments = new Environments(dataDir);
  }

  prepare(order: RobotOrder): void {
    this.#cache.fetch(order);
  }

  start(order: RobotOrder, { begin }: RunSlot): AtWork {
    const stopping = new AbortController();
    const stop = (reason: Stop): void => stopping.abort(reason);
    const folder = this.#folders.of(order);
    const secrets = order.secrets.flatMap((name) => order.environment[name] ?? []);
    const run = new RobotRun({
      order,
      folder,
      fetchPackage: () => this.#cache.get(order),
      environments: this.#environments,
      log: new RobotLog({
        say: (line) => this.#reporter.say(order.id, line),
        clean: createRedactor(secrets),
        fileOf: (stream) => folder.outputFile(stream),
      }),
      timeLimitMs: Math.min(
        (order.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1_000,
        this.#around.configuration.runTimeLimitMs,
      ),
      stopping: stopping.signal,
      begin: () => begin(0),
    });
    return {
      ended: run.work(),
      // A program cannot be made to stand between two of its lines: that it should is passed over.
      obey: (command) => {
        if (command === 'STOP') stop({ message: 'Somebody stopped it.', byPerson: true });
      },
      stop: (message) => stop({ message, byPerson: false }),
    };
  }
}
