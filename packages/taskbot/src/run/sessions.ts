import { BotError, type Sessions } from '../declaration.ts';
import type { BotSession } from '../value.ts';

/**
 * The named sessions of one bot of a run. A sub-bot has its own, so both may call theirs "Default". Behind them stand
 * the run's GLOBAL ones, which all its bots see: a document that says `sessionTarget: "GLOBAL"` of a name means those.
 */
export class OpenSessions implements Sessions {
  /** Made when the first is opened: most sub-bots open none, and are called a thousand times. */
  #open: Map<string, BotSession> | undefined;
  /** Of the run's own sessions: the names that some document has called GLOBAL. */
  #places: Set<string> | undefined;
  readonly #global: OpenSessions | undefined;
  #kept = 0;

  constructor(global?: OpenSessions) {
    this.#global = global;
  }

  get size(): number {
    return this.#open?.size ?? 0;
  }

  open(packageName: string, name: string, session: BotSession): void {
    const key = keyOf(packageName, name);
    const run = this.#global;
    if (run?.isPlace(key) === true) {
      run.open(packageName, name, session);
      return;
    }
    // One that was closed without its name, as a value, leaves the name free.
    this.#open ??= new Map();
    const there = this.#open.get(key);
    // A document may name it on the way in and take it on the way out: twice the same is opened once.
    if (there !== session && there?.closed === false)
      throw new BotError(
        `The ${packageName} session "${name}" is already open. Close it first, or open this one under another name`,
      );
    this.#open.set(key, session);
  }

  get(packageName: string, name: string): BotSession {
    const session = this.find(packageName, name);
    if (session === undefined)
      throw new BotError(`The ${packageName} session "${name}" is not open. Open it in a line before this one`);
    return session;
  }

  /** The bot's own session of that name, else the run's; undefined when neither is open. */
  find(packageName: string, name: string): BotSession | undefined {
    const session = this.#open?.get(keyOf(packageName, name));
    return session?.closed === false ? session : this.#global?.find(packageName, name);
  }

  async close(packageName: string, name: string): Promise<void> {
    const key = keyOf(packageName, name);
    const session = this.get(packageName, name);
    if (this.#open?.get(key) === session) {
      this.#open.delete(key);
      await session.close();
    } else await this.#global?.close(packageName, name);
  }

  keep(session: BotSession): void {
    if (this.#global !== undefined) {
      this.#global.keep(session);
      return;
    }
    this.#open ??= new Map();
    // No document can say this name, for names follow a package's and a blank.
    this.#open.set(`\0${this.#kept++}`, session);
  }

  /** Says that the name means a session of the whole run, before or after one is open under it. */
  makeGlobal(packageName: string, name: string): void {
    this.#global?.keepPlace(keyOf(packageName, name));
  }

  isPlace(key: string): boolean {
    return this.#places?.has(key) === true;
  }

  keepPlace(key: string): void {
    this.#places ??= new Set();
    this.#places.add(key);
  }

  /** Closes what is left, the last opened first. A session that cannot be closed is reported and does not keep the rest open. */
  async closeAll(report: (problem: string) => void): Promise<void> {
    const sessions = [...(this.#open?.values() ?? [])].reverse();
    this.#open = undefined;
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
