import { BotError, type Sessions } from '../declaration.ts';
import type { BotSession } from '../value.ts';

/** The named sessions of one bot of a run. A sub-bot has its own, so both may call theirs "Default". */
export class OpenSessions implements Sessions {
  readonly #open = new Map<string, BotSession>();

  get size(): number {
    return this.#open.size;
  }

  open(packageName: string, name: string, session: BotSession): void {
    const key = keyOf(packageName, name);
    // One that was closed without its name, as a value, leaves the name free.
    if (this.#open.get(key)?.closed === false)
      throw new BotError(`The ${packageName} session "${name}" is already open`);
    this.#open.set(key, session);
  }

  get(packageName: string, name: string): BotSession {
    const session = this.#open.get(keyOf(packageName, name));
    if (session === undefined || session.closed) throw new BotError(`The ${packageName} session "${name}" is not open`);
    return session;
  }

  async close(packageName: string, name: string): Promise<void> {
    const session = this.get(packageName, name);
    this.#open.delete(keyOf(packageName, name));
    await session.close();
  }

  /** Closes what is left, the last opened first. A session that cannot be closed is reported and does not keep the rest open. */
  async closeAll(report: (problem: string) => void): Promise<void> {
    const sessions = [...this.#open.values()].reverse();
    this.#open.clear();
    await closeEach(sessions, report);
  }
}

export async function closeEach(sessions: Iterable<BotSession>, report: (problem: string) => void): Promise<void> {
  for (const session of sessions) {
    try {
      await session.close();
    } catch (error) {
      report(`A ${session.package} session did not close: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function keyOf(packageName: string, name: string): string {
  return `${packageName.toLowerCase()} ${name.toLowerCase()}`;
}
