import type { PoolClient } from 'pg';
import { CHANNEL, type Database, type Transaction } from './database/index.ts';

/**
 * "Something changed": pushed through PostgreSQL, so that it reaches every replica, and only after the commit that it
 * tells of. A topic is a word and an id, such as `queue:17`. Nothing polls.
 */
export interface WakeUps {
  /** Calls back with what stands behind the colon. */
  on(topic: string, listener: (id: string) => void): () => void;
  /** Calls back when messages may have been missed: whoever remembers anything forgets it. */
  onGap(listener: () => void): () => void;
  /** False while messages may be missed. */
  readonly listening: () => boolean;
  close(): Promise<void>;
}

/** Tells everybody, when (and only if) the transaction commits. */
export function announce(tx: Transaction, topic: string, id: string | number): Promise<void> {
  return tx.announce(topic, String(id));
}

export async function listenForWakeUps(database: Database, onTrouble: (message: string) => void): Promise<WakeUps> {
  const listeners = new Map<string, Set<(id: string) => void>>();
  const gapListeners = new Set<() => void>();
  let client: PoolClient | undefined;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  const deliver = (topic: string, id: string): void => {
    for (const listener of listeners.get(topic) ?? []) listener(id);
  };
  // What this process announced it hears at its commit, so that nobody reads here what was true before his own write;
  // the same word comes again over the channel and does no harm.
  database.onAnnounced(deliver);

  async function connect(): Promise<void> {
    const fresh = await database.connect();
    fresh.on('notification', ({ payload = '' }) => {
      const colon = payload.indexOf(':');
      deliver(payload.slice(0, colon), payload.slice(colon + 1));
    });
    fresh.on('error', () => lost(fresh));
    fresh.on('end', () => lost(fresh));
    await fresh.query(`listen ${CHANNEL}`).catch((cause) => {
      // Else each try that fails keeps a connection of the pool.
      fresh.release(true);
      throw cause;
    });
    client = fresh;
    for (const listener of gapListeners) listener();
  }

  function lost(which: PoolClient): void {
    if (closed || client !== which) return;
    client = undefined;
    which.release(true);
    for (const listener of gapListeners) listener();
    onTrouble('The connection that brings wake-ups is gone; connecting again.');
    again();
  }

  function again(): void {
    retry = setTimeout(() => {
      connect().catch(again);
    }, 250);
  }

  await connect();
  return {
    on: (topic, listener) => {
      const set = listeners.get(topic) ?? new Set();
      listeners.set(topic, set.add(listener));
      return () => set.delete(listener);
    },
    onGap: (listener) => {
      gapListeners.add(listener);
      return () => gapListeners.delete(listener);
    },
    listening: () => client !== undefined,
    close: async () => {
      closed = true;
      clearTimeout(retry);
      client?.release(true);
      client = undefined;
    },
  };
}
