import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { SUPERUSER } from './cluster.ts';
import type { Endpoint } from './endpoint.ts';
import { DataFolderInUse } from './errors.ts';

/** Held as long as its connection lives; PostgreSQL gives it back when either side dies, however it dies. */
export interface Ownership {
  /** on the database `postgres`, for housekeeping */
  readonly client: Client;
  /** fulfilled when the connection, and the ownership with it, is gone */
  readonly lost: Promise<void>;
}

// An advisory lock belongs to one database. This one lives in `postgres`, so it cannot meet those of the domain.
const OWNER_LOCK = 5_164_207;
// The connection of an owner that was killed a moment ago may still be open.
const FORMER_OWNER_MAY_FADE_MS = 2_000;

/**
 * Connects, and takes the lock that makes this process the only owner.
 * @throws DataFolderInUse when another one holds it
 * @throws what `pg` throws when PostgreSQL does not answer (yet)
 */
export async function takeOwnership(endpoint: Endpoint, password: string, dataDir: string): Promise<Ownership> {
  const client = new Client({
    ...endpoint,
    user: SUPERUSER,
    password,
    database: 'postgres',
    application_name: `Signalbox ${process.pid} on ${hostname()}`,
    options: '-c idle_session_timeout=0 -c statement_timeout=0',
  });
  const lost = new Promise<void>((resolve) => client.once('end', () => resolve()));
  // The end of the connection is what counts; without a listener the error before it would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    for (const end = Date.now() + FORMER_OWNER_MAY_FADE_MS; ; await pause(50)) {
      const { rows } = await client.query('select pg_try_advisory_lock($1) as ours', [OWNER_LOCK]);
      if (rows[0].ours) return { client, lost };
      if (Date.now() > end) throw new DataFolderInUse(await refusal(client, dataDir));
    }
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

async function refusal(client: Client, dataDir: string): Promise<string> {
  const { rows } = await client.query(
    `select application_name as owner from pg_stat_activity join pg_locks using (pid)
      where locktype = 'advisory' and objid = $1 and granted limit 1`,
    [OWNER_LOCK],
  );
  const owner = /^Signalbox (\d+) on (.+)$/.exec(rows[0]?.owner ?? '');
  const who = owner ? `Another Signalbox (process ${owner[1]} on ${owner[2]})` : 'Another Signalbox';
  return `${who} works in the data folder ${dataDir}: stop it, or give this one a folder of its own.`;
}
