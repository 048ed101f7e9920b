import type { ControlRoomClient } from './control-room-client.ts';
import type { RunnerLog } from './log.ts';
import type { BotReference, Bundle } from './protocol.ts';
import { untilItWorks } from './retry.ts';

/** Bots kept at hand; work whose bot was let go is handed back and comes again. */
const MOST_BUNDLES = 200;

/** The bots that this device knows, by the hash of their bundle. Fetching begins when work for one arrives. */
export class BundleCache {
  readonly #bundles = new Map<string, Promise<Bundle>>();
  readonly #client: ControlRoomClient;
  readonly #log: RunnerLog;
  readonly #signal: AbortSignal;

  constructor(client: ControlRoomClient, log: RunnerLog, signal: AbortSignal) {
    this.#client = client;
    this.#log = log;
    this.#signal = signal;
  }

  /** @param runId of the run that needs it; without it the bot is fetched as it is now */
  fetch({ bundle: hash, fileId }: BotReference, runId?: string): void {
    if (this.#bundles.has(hash)) return;
    const ask = () => (runId === undefined ? this.#client.bundle(fileId) : this.#client.runBundle(runId));
    const fetching = untilItWorks('bundle', ask, this.#log, this.#signal);
    fetching.catch(() => this.#bundles.delete(hash));
    this.#bundles.set(hash, fetching);
    const [oldest] = this.#bundles.keys();
    if (this.#bundles.size > MOST_BUNDLES && oldest !== undefined) this.#bundles.delete(oldest);
  }

  /** @throws when it could not be fetched, or was let go meanwhile */
  async get({ bundle: hash, path }: BotReference): Promise<Bundle> {
    const bundle = await this.#bundles.get(hash);
    if (!bundle) throw new Error(`The bot ${path} could not be fetched.`);
    return bundle;
  }
}
