import { availableParallelism, cpus, totalmem } from 'node:os';
import type { DatabaseServer } from './database-server.ts';

/** What the figures were measured on, as lines. */
export async function describeMachine(databases: DatabaseServer): Promise<string[]> {
  return [
    `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`,
    `Node ${process.version.slice(1)}, PostgreSQL ${await databases.describe()}`,
    `measured on ${new Date().toISOString().slice(0, 10)}`,
  ];
}
