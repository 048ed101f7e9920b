import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfiguration, startControlRoom as start } from '@signalbox/control-room';
import { Client } from './client.ts';

/** A Control Room for the length of a test. */
export interface TestControlRoom {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Logged in as the administrator. */
  readonly client: Client;
  /** Stops it and removes what it kept. */
  stop(): Promise<void>;
}

/**
 * Starts a real server with a database of its own on a free port, in this process: for tests of bots and of programs that
 * call a Control Room. Empty, and gone when it is stopped. The first start of the database takes about two seconds.
 *
 * @param options.databaseUrl a PostgreSQL to use instead of the embedded one; must be empty
 */
export async function startControlRoom(options: { readonly databaseUrl?: string } = {}): Promise<TestControlRoom> {
  const dataDir = await mkdtemp(join(tmpdir(), 'control-room-'));
  const password = randomBytes(18).toString('base64url');
  const configuration = readConfiguration({
    PORT: '0',
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_ADMIN_PASSWORD: password,
    SIGNALBOX_LOG_LEVEL: 'error',
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
  });
  const room = await start(configuration, createLogger(configuration.log.level)).catch(async (cause) => {
    await rm(dataDir, { recursive: true, force: true });
    throw cause;
  });
  const username = configuration.identity.adminUsername;
  return {
    url: room.url,
    username,
    password,
    client: new Client({ url: room.url, username, password }),
    stop: async () => {
      await room.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
