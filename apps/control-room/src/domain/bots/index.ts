import { join } from 'node:path';
import type { Problem } from '@signalbox/taskbot';
import { BotPool } from './bot-pool.ts';
import { BotThread, type ThreadLimits, type ThreadOptions } from './bot-thread.ts';
import type { BotFiles, GlobalValues, OutgoingSettings, Target } from './protocol.ts';

export interface BotsOptions {
  /** Bots that run here may call these. */
  readonly outgoing: OutgoingSettings;
  readonly limits: ThreadLimits;
  /** Where compiled JavaScript is kept, under this folder. */
  readonly dataDir: string | undefined;
  readonly controlRoom: () => string;
  /** What of the domain above reaches into bots. */
  readonly credential: ThreadOptions['credential'];
  readonly globalValues: () => Promise<GlobalValues>;
  readonly onTrouble: (message: string) => void;
}

/** The threads in which this server checks bots and runs API Tasks. Bots never run in the server's own thread. */
export interface Bots {
  /** Has a thread ready for what comes first. */
  warmUp(): Promise<void>;
  /** What would keep this bot, with all the bots it calls, from running (errors), or may not be meant (warnings). */
  check(bot: BotFiles, target: Target): Promise<readonly Problem[]>;
  openPool(bot: BotFiles, limit: number): ReturnType<typeof BotPool.open>;
  /** Global values have changed: runs that begin from now on have the new ones. */
  refreshGlobals(): void;
  close(): Promise<void>;
}

export function createBots(options: BotsOptions): Bots {
  const threads = new Set<BotThread>();
  let spare: BotThread | undefined;
  let checker: BotThread | undefined;
  let checking: Promise<unknown> = Promise.resolve();
  let closed = false;

  function start(): BotThread {
    if (closed) throw new Error('The server is shutting down.');
    const cacheFolder = options.dataDir === undefined ? undefined : join(options.dataDir, 'cache');
    const surroundings = { controlRoom: options.controlRoom(), outgoing: options.outgoing };
    const thread: BotThread = new BotThread({
      surroundings,
      limits: options.limits,
      cacheFolder,
      credential: options.credential,
      onGone: () => threads.delete(thread),
    });
    threads.add(thread);
    return thread;
  }

  /** One is always ready ahead, so that an allocation or a lost thread waits for no start. */
  async function takeThread(): Promise<BotThread> {
    const thread = spare?.ended === false ? spare : start();
    spare = start();
    const [values] = await Promise.all([options.globalValues(), thread.ready]);
    thread.setGlobals(values);
    return thread;
  }

  async function checkNow(bot: BotFiles, target: Target): Promise<readonly Problem[]> {
    try {
      if (checker === undefined || checker.ended) checker = start();
      const thread = checker;
      await thread.ready;
      return await thread.check(bot, target);
    } catch (cause) {
      const { message } = cause as Error;
      return [{ botPath: bot.path, line: 0, code: 'bad-value', severity: 'error', message }];
    }
  }

  async function refresh(): Promise<void> {
    const values = await options.globalValues();
    for (const thread of threads) thread.setGlobals(values);
  }

  return {
    refreshGlobals() {
      refresh().catch((cause: Error) => options.onTrouble(`Global values could not be read: ${cause.message}`));
    },
    async warmUp() {
      spare ??= start();
      checker ??= start();
      // What keeps one from starting is told when one is needed.
      await Promise.allSettled([spare.ready, checker.ready]);
    },
    check(bot, target) {
      // One after the other: a document that takes the checker's time must not take that of those behind it.
      const turn = checking.then(() => checkNow(bot, target));
      checking = turn;
      return turn;
    },
    openPool: (bot, limit) => BotPool.open({ limit, takeThread, onTrouble: options.onTrouble }, bot),
    async close() {
      closed = true;
      await Promise.all([...threads].map((thread) => thread.close()));
    },
  };
}

export { BotPool } from './bot-pool.ts';
export type { Call, CredentialUser } from './bot-thread.ts';
export type {
  BotFiles,
  CredentialAnswer,
  CredentialRequest,
  GlobalValues,
  OutgoingSettings,
  RunOutcome,
  Target,
} from './protocol.ts';
