import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import type { Logger } from '../log.ts';

/** PostgreSQL is there and reads its log: it was killed, or a standby is being promoted. */
const STARTING_UP = '57P03';
const PATIENCE_MS = 120_000;
const PAUSE_MS = 250;

/**
 * Asks until the database answers, as long as it says that it is starting. An address at which nobody listens fails at once:
 * that is more often a typing error than a machine that comes late.
 */
export async function untilAnswers(
  ask: () => Promise<unknown>,
  log: Logger,
  now: () => number = () => performance.now(),
): Promise<void> {
  const until = now() + PATIENCE_MS;
  for (let told = false; ; told = true) {
    try {
      await ask();
      return;
    } catch (cause) {
      if (!isStarting(cause) || now() > until) throw cause;
      if (!told) log.warn('The database is starting up; waiting for it.');
      await sleep(PAUSE_MS);
    }
  }
}

/** Also inside the refusal that the kernel makes of it. */
function isStarting(cause: unknown): boolean {
  if (cause instanceof DatabaseError) return cause.code === STARTING_UP;
  return cause instanceof Error && cause.cause !== undefined && isStarting(cause.cause);
}
