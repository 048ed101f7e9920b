import { startAgent } from './agent.ts';
import { readRunnerConfiguration } from './configuration.ts';
import { createRunnerLog } from './log.ts';

/** The runner alone: `node apps/runner/src/main.ts`, on every device that works. */
try {
  const configuration = readRunnerConfiguration(process.env);
  const agent = await startAgent(configuration, createRunnerLog(configuration.logLevel));
  const stop = (): void => {
    void agent.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // Started by `npm start`, it ends when that does.
  process.once('disconnect', stop);
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exit(1);
}
