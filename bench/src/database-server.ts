import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../apps/control-room/src/kernel/embedded-postgres/index.ts';
import { createLogger } from '../../apps/control-room/src/kernel/log.ts';

/** The one PostgreSQL of a run. Everybody who is compared gets a database of their own on it. */
export interface DatabaseServer {
  /** Makes an empty database and answers its URL. */
  create(name: string): Promise<string>;
  /** `18.1`, and the settings that decide how fast a durable write can be. */
  describe(): Promise<string>;
  stop(): Promise<void>;
}

/** The server that `npm start` brings, with its own settings: fsync and synchronous_commit on. */
export async function startDatabaseServer(folder: string): Promise<DatabaseServer> {
  const postgres = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    log: createLogger('error'),
    // Five contenders with twenty connections each; nothing else is changed.
    settings: { max_connections: '200' },
  });
  const admin = new Client(postgres.connection);
  admin.on('error', () => {});
  await admin.connect();
  return {
    create: async (name) => {
      await admin.query(`create database ${name}`);
      return postgres.connectionString.replace(/\/signalbox(?=\?|$)/, `/${name}`);
    },
    describe: async () => {
      const { rows } = await admin.query<{ text: string }>(
        `select format('%s (fsync %s, synchronous_commit %s, shared_buffers %s)', split_part(current_setting('server_version'), ' ', 1),
           current_setting('fsync'), current_setting('synchronous_commit'), current_setting('shared_buffers')) as text`,
      );
      return rows[0]?.text ?? '';
    },
    stop: async () => {
      await admin.end();
      await postgres.stop();
    },
  };
}
