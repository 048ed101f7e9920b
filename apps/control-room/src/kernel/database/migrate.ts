import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PoolClient } from 'pg';
import type { Database } from './database.ts';

const folder = join(import.meta.dirname, '..', 'migrations');
/** Any number that no other program on this database uses. */
const LOCK = 7_230_451_900_001n;

/**
 * Brings the schema up to this version. Whichever replica comes first does it, the others wait at the lock and find it
 * done. Migrations expand first and contract a version later, so that version N and N+1 can run side by side.
 *
 * A migration that was changed after it had been applied is refused: its hash is kept.
 */
export async function migrate(database: Database): Promise<string[]> {
  const client = await database.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    return await applyMissing(client);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK]).catch(() => {});
    client.release();
  }
}

async function applyMissing(client: PoolClient): Promise<string[]> {
  await client.query('create schema if not exists signalbox');
  await client.query(
    `create table if not exists signalbox.migration (
       name text primary key, hash text not null, applied_on timestamptz not null default now())`,
  );
  const { rows } = await client.query<{ name: string; hash: string }>('select name, hash from signalbox.migration');
  const known = new Map(rows.map((row) => [row.name, row.hash]));
  const applied: string[] = [];

  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()) {
    const text = await readFile(join(folder, name), 'utf8');
    const hash = createHash('sha256').update(text).digest('hex');
    const before = known.get(name);
    if (before === hash) continue;
    if (before !== undefined)
      throw new Error(`Migration ${name} was applied with other contents; write a new one instead of changing it.`);
    await client.query('begin');
    try {
      await client.query(text);
      await client.query('insert into signalbox.migration (name, hash) values ($1, $2)', [name, hash]);
      await client.query('commit');
    } catch (cause) {
      await client.query('rollback');
      throw new Error(`Migration ${name} failed and changed nothing.`, { cause });
    }
    applied.push(name);
  }
  return applied;
}
