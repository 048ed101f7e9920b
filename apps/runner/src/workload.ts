import type { BotProcess } from './bot-process.ts';
import type { BundleCache } from './bundle-cache.ts';
import type { RunnerConfiguration } from './configuration.ts';
import type { Credentials } from './credentials.ts';
import type { RunnerLog } from './log.ts';
import type { SharedValues } from './protocol.ts';

/** Something for the next free slot, given the slot's bot process. Robots make no use of that one. Never rejects. */
export type Task = (process: BotProcess) => Promise<void>;

/** One kind of work of this device: items of queues, deployed bots, or robots. */
export interface Workload {
  /** The next that waits for a slot; undefined when nothing does. */
  next(): Task | undefined;
  /** How many are at work. */
  readonly running: number;
  /** The session is over: what this device had is somebody else's by now. */
  loseAll(): void;
  /** Puts back what has not begun. */
  handBackWaiting(): void;
  /** Stops what is at work. */
  stopRunning(reason: string): void;
}

/** What all kinds are given. */
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
  /** There is something for a slot. */
  readonly onWork: () => void;
}
