import { randomBytes } from 'node:crypto';
import type { Kernel } from '../src/kernel/kernel.ts';
import { createLogger } from '../src/kernel/log.ts';
import { createMetrics } from '../src/kernel/metrics.ts';
import { createSealer, type RootKey } from '../src/kernel/sealing.ts';
import { listenForWakeUps } from '../src/kernel/wake-ups.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** A kernel over a database of its own, for tests of the domain without HTTP. */
export async function createTestKernel(): Promise<{ kernel: Kernel; database: TestDatabase; close(): Promise<void> }> {
  const database = await createTestDatabase();
  const wakeUps = await listenForWakeUps(database.database, () => {});
  const rootKey: RootKey = { id: 'test', secret: randomBytes(32) };
  return {
    kernel: {
      database: database.database,
      wakeUps,
      log: createLogger('silent'),
      metrics: createMetrics(),
      sealer: createSealer(rootKey),
      fingerprintKey: randomBytes(32),
      groupCommit: true,
    },
    database,
    close: async () => {
      await wakeUps.close();
      await database.drop();
    },
  };
}
