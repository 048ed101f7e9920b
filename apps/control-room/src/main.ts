import { join } from 'node:path';
import { startControlRoom } from './compose.ts';
import { readConfiguration } from './kernel/configuration.ts';
import { createLogger } from './kernel/log.ts';

/** The server alone, as a deployment starts it: `node apps/control-room/src/main.ts`. `npm start` brings more along. */
try {
  const configuration = readConfiguration(process.env, process.argv.slice(2));
  const log = createLogger(configuration.log.level);
  for (const warning of configuration.warnings) log.warn(warning);
  const room = await startControlRoom(configuration, log);
  room.shutdown.listenForSignals(process);
  if (room.madeAdminPassword !== undefined) {
    log.info(
      { file: join(configuration.dataDir, 'admin-password') },
      'An administrator was made; the password is in the file.',
    );
  }
  log.info({ url: room.url }, 'Signalbox is up.');
} catch (cause) {
  // One line for the person who started it; the stack only for those who ask.
  console.error(cause instanceof Error ? cause.message : cause);
  if (process.env.SIGNALBOX_LOG_LEVEL === 'debug') console.error(cause);
  process.exit(1);
}
