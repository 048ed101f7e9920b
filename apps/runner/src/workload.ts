import type { BotProcess } from './bot-process.ts';
import type { BundleCache } from './bundle-cache.ts';
import type { RunnerConfiguration } from './configuration.ts';
import type { Credentials } from './credentials.ts';
import type { RunnerLog } from './log.ts';
import type { SharedValues } from './protocol.ts';

/** Something for the next free bot process. Never rejects. */
export type Task = (process: BotProcess) => Promise<void>;

/** One kind of work of this device: items of queues, or deployed bots. */
export interface Workload {
  /** The next that waits for a bot process; undefined when nothing does. */
  next(): Task | undefined;
  /** How many bots are at work. */
  readonly running: number;
  /** The session is over: what this device had is somebody else's by now. */
  loseAll(): void;
  /** Puts back what has not begun. */
  handBackWaiting(): void;
  /** Stops the bots that are at work. */
  stopRunning(reason: string): void;
}

/** What both kinds are given. */
export interface Surroundings {
  readonly configuration: RunnerConfiguration;
  readonly hostName: string;
  readonly bundles: BundleCache;
  readonly credentials: Credentials;
  /** What came last; bots that begin have these. */
  globals: SharedValues;
  readonly log: RunnerLog;
  /** Aborted when the runner has been told to stop. */
  readonly stopping: AbortSignal;
  /** There is something for a bot process. */
  readonly onWork: () => void;
}
