import type { Database } from './database/index.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Sealer } from './sealing.ts';
import type { WakeUps } from './wake-ups.ts';

/** What every domain folder is given. */
export interface Kernel {
  readonly database: Database;
  readonly wakeUps: WakeUps;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly sealer: Sealer;
  /** Keys the fingerprints of requests: some bodies hold passwords, and a bare hash could be guessed at. */
  readonly fingerprintKey: Buffer;
  /** Off only to measure what grouping gains. */
  readonly groupCommit: boolean;
}
