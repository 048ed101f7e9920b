import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BotProcess } from './bot-process.ts';
import type { RunnerConfiguration } from './configuration.ts';
import { ControlRoomClient, Refused } from './control-room-client.ts';
import { type DeviceIdentity, describeDevice, identify, noSession } from './device.ts';
import type { RunnerLog } from './log.ts';
import { Outbox } from './outbox.ts';
import type { Assignment, Bundle, ClaimedItem, DeviceFacts, HeldItem } from './protocol.ts';
import { Reporter } from './reporter.ts';
import { untilItWorks } from './retry.ts';

/** Items waiting on this device for each bot process: enough that none is idle while the next batch comes. */
const STAGED_A_PROCESS = 50;
const WAIT_SECONDS = 25;
/** How long running bots may go on when the runner is told to stop. */
const STOP_GRACE_MS = 10_000;
/** Bots kept at hand; an item whose bot was let go is handed back and comes again. */
const MOST_BUNDLES = 200;

interface Staged {
  readonly item: ClaimedItem;
  readonly assignment: Assignment;
}

export interface Agent {
  readonly deviceId: number;
  /** Resolves when the first session is open. */
  readonly connected: Promise<void>;
  /** Takes nothing more, lets bots finish for a while, hands the rest back, delivers what it can. */
  stop(): Promise<void>;
}

/** Works for one Control Room until it is stopped. */
export async function startAgent(configuration: RunnerConfiguration, log: RunnerLog): Promise<Agent> {
  const client = new ControlRoomClient(configuration.url);
  const identity = await untilItWorks(
    'registration',
    () => identify(configuration, client),
    log,
    new AbortController().signal,
  );
  client.useKey(identity.key);
  const runner = new Runner(configuration, client, identity, log);
  return { deviceId: identity.deviceId, connected: runner.connected, stop: () => runner.stop() };
}

class Runner {
  readonly #configuration: RunnerConfiguration;
  readonly #client: ControlRoomClient;
  readonly #identity: DeviceIdentity;
  readonly #log: RunnerLog;
  readonly #outbox: Outbox;
  readonly #reporter: Reporter;
  readonly #device: DeviceFacts;
  readonly #stopping = new AbortController();
  readonly #ended = new AbortController();
  readonly #bundles = new Map<string, Promise<Bundle>>();
  readonly #running = new Map<number, { staged: Staged; process: BotProcess; lost: boolean }>();
  readonly #loops: Promise<void>[] = [];
  readonly #connected = Promise.withResolvers<void>();
  #staged: Staged[] = [];
  #session = '';
  #reconnecting: Promise<void> | undefined;
  #heartbeatMs = 10_000;
  #wakeSlots: (() => void)[] = [];
  #wakeTaker: () => void = () => {};

  readonly connected = this.#connected.promise;

  constructor(configuration: RunnerConfiguration, client: ControlRoomClient, identity: DeviceIdentity, log: RunnerLog) {
    this.#configuration = configuration;
    this.#client = client;
    this.#identity = identity;
    this.#log = log;
    this.#outbox = new Outbox(join(configuration.dataDir, 'outbox.jsonl'));
    this.#reporter = new Reporter(client, this.#outbox, log);
    this.#device = describeDevice(configuration);
    mkdirSync(this.#workFolder, { recursive: true });
    this.#loops.push(this.#live());
  }

  get #workFolder(): string {
    return join(this.#configuration.dataDir, 'work');
  }

  async #live(): Promise<void> {
    // What was done before the last end is told first: a new session would take the items back.
    await this.#deliverLeftovers();
    await this.#connect();
    if (this.#stopping.signal.aborted) return;
    this.#connected.resolve();
    for (let i = 0; i < this.#configuration.capacity; i++) this.#loops.push(this.#slot());
    this.#loops.push(
      this.#take(),
      this.#reporter.run(() => this.#session, this.#ended.signal),
      this.#beat(),
    );
  }

  async #deliverLeftovers(): Promise<void> {
    if (this.#outbox.size === 0) return;
    this.#log.info({ results: this.#outbox.size }, 'Delivering results of before.');
    await untilItWorks('delivery', () => this.#reporter.deliver(noSession()), this.#log, this.#stopping.signal);
  }

  async #connect(): Promise<void> {
    await untilItWorks(
      'session',
      async () => {
        const { sessionId, heartbeatSeconds } = await this.#client.openSession(this.#device);
        this.#session = sessionId;
        this.#heartbeatMs = heartbeatSeconds * 1000;
      },
      this.#log,
      this.#stopping.signal,
    );
    if (!this.#stopping.signal.aborted)
      this.#log.info({ deviceId: this.#identity.deviceId, url: this.#configuration.url }, 'Connected.');
  }

  /** The session is over: what this device had is somebody else's by now. Whoever notices first does it for all. */
  #reconnect(): Promise<void> {
    this.#reconnecting ??= this.#startOver().finally(() => {
      this.#reconnecting = undefined;
    });
    return this.#reconnecting;
  }

  async #startOver(): Promise<void> {
    this.#log.warn({}, 'The session is over; opening a new one.');
    this.#staged = [];
    for (const run of this.#running.values()) this.#lose(run);
    await this.#deliverLeftovers();
    await this.#connect();
  }

  async #take(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const room = this.#configuration.capacity * STAGED_A_PROCESS - this.#staged.length;
      if (room < (this.#configuration.capacity * STAGED_A_PROCESS) / 2) {
        await new Promise<void>((resolve) => {
          this.#wakeTaker = resolve;
        });
        continue;
      }
      const session = this.#session;
      try {
        const assignments = await this.#client.takeWork(session, room, WAIT_SECONDS, signal);
        for (const assignment of assignments) {
          this.#fetch(assignment);
          for (const item of assignment.items) this.#staged.push({ item, assignment });
        }
        if (assignments.length > 0) this.#wakeAllSlots();
      } catch (cause) {
        if (signal.aborted) return;
        if (cause instanceof Refused && cause.status === 409 && session === this.#session) await this.#reconnect();
        else await sleep(500, undefined, { signal }).catch(() => {});
      }
    }
  }

  #fetch({ bot }: Assignment): void {
    if (this.#bundles.has(bot.bundle)) return;
    const fetching = untilItWorks('bundle', () => this.#client.bundle(bot.fileId), this.#log, this.#ended.signal);
    fetching.catch(() => this.#bundles.delete(bot.bundle));
    this.#bundles.set(bot.bundle, fetching);
    const [oldest] = this.#bundles.keys();
    if (this.#bundles.size > MOST_BUNDLES && oldest !== undefined) this.#bundles.delete(oldest);
  }

  async #slot(): Promise<void> {
    const process = new BotProcess();
    while (!this.#stopping.signal.aborted) {
      const staged = this.#staged.shift();
      this.#wakeTaker();
      if (!staged) {
        await new Promise<void>((resolve) => this.#wakeSlots.push(resolve));
        continue;
      }
      await this.#work(process, staged);
    }
    process.close();
  }

  async #work(process: BotProcess, staged: Staged): Promise<void> {
    const { item, assignment } = staged;
    const startTime = new Date().toISOString();
    const run = { staged, process, lost: false };
    this.#running.set(item.id, run);
    this.#reporter.begun(item, startTime);
    try {
      const bundle = await this.#bundles.get(assignment.bot.bundle);
      if (!bundle) throw new Error(`The bot ${assignment.bot.path} could not be fetched.`);
      const outcome = await process.run(
        {
          item,
          queueName: assignment.queueName,
          columns: assignment.columns,
          // The bot may have changed since the claim; what was fetched is what runs.
          bundle: bundle.hash,
          botPath: bundle.path,
          botInput: assignment.botInput,
          userName: assignment.runAsUser.username,
          deviceName: this.#device.hostName,
          controlRoom: this.#configuration.url,
          workFolder: this.#workFolder,
          timeLimitMs: this.#configuration.timeLimitMs,
          outgoing: { allow: this.#configuration.outgoingAllow, deny: this.#configuration.outgoingDeny },
        },
        bundle,
        {
          onLog: ({ level, text, occurredOn }) => this.#reporter.say({ workItemId: item.id, level, text, occurredOn }),
          onProgress: (progress) => this.#reporter.progress(item, progress),
        },
      );
      if (run.lost) return;
      if (outcome.outcome === 'stopped' && this.#stopping.signal.aborted) {
        this.#reporter.handBack(item);
        return;
      }
      this.#reporter.ended({
        id: item.id,
        version: item.version,
        status: outcome.outcome === 'completed' ? 'COMPLETED' : 'FAILED',
        result: resultOf(outcome.outputs),
        ...(outcome.error === undefined ? {} : { error: outcome.error }),
        ...(Object.keys(outcome.outputs).length === 0 ? {} : { output: outcome.outputs }),
        startTime,
        endTime: new Date().toISOString(),
      });
    } catch (cause) {
      this.#reporter.handBack(item);
      this.#log.error({ err: cause, item: item.id }, 'An item could not be run and is handed back.');
      await sleep(1_000);
    } finally {
      this.#running.delete(item.id);
    }
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await sleep(this.#heartbeatMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      // All that this device answers for: what it does not name the server takes for lost on the way.
      const held: HeldItem[] = [
        ...this.#staged.map(({ item }) => item),
        ...[...this.#running.values()].map(({ staged }) => staged.item),
        ...this.#reporter.undelivered,
      ];
      try {
        const { live, lost } = await this.#client.heartbeat(this.#session, held);
        if (!live && !this.#stopping.signal.aborted) await this.#reconnect();
        else if (lost.length > 0)
          this.#drop(new Map(held.filter(({ id }) => lost.includes(id)).map(({ id, version }) => [id, version])));
      } catch {
        // The next beat tries again; until the lease is over nothing is lost.
      }
    }
  }

  /**
   * The server no longer counts on us for these versions. An item may have come back meanwhile under a new one, and that
   * one is ours.
   */
  #drop(lost: ReadonlyMap<number, number>): void {
    const isLost = ({ item }: Staged): boolean => lost.get(item.id) === item.version;
    this.#staged = this.#staged.filter((staged) => !isLost(staged));
    for (const run of this.#running.values()) if (isLost(run.staged)) this.#lose(run);
  }

  #lose(run: { lost: boolean; process: BotProcess }): void {
    run.lost = true;
    run.process.stop('The item was given to another runner.');
  }

  #wakeAllSlots(): void {
    for (const wake of this.#wakeSlots.splice(0)) wake();
  }

  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#connected.resolve();
    this.#reporter.handBack(...this.#staged.map(({ item }) => item));
    this.#staged = [];
    this.#wakeAllSlots();
    this.#wakeTaker();
    const deadline = Date.now() + STOP_GRACE_MS;
    while (this.#running.size > 0 && Date.now() < deadline) await sleep(20);
    for (const { process } of this.#running.values()) process.stop('The runner is stopping.');
    while (this.#running.size > 0 && Date.now() < deadline + STOP_GRACE_MS) await sleep(20);
    this.#ended.abort();
    // One last try each; what cannot be delivered now is in the outbox for the next start.
    await this.#reporter.deliver(this.#session || noSession()).catch(() => {});
    if (this.#session) await this.#client.closeSession(this.#session).catch(() => {});
    await Promise.allSettled(this.#loops);
    this.#outbox.close();
    await this.#client.close();
  }
}

/** `workItemResult` is the word that an item shows as its result (our own convention). */
function resultOf(outputs: Readonly<Record<string, unknown>>): string {
  const name = Object.keys(outputs).find((key) => key.toLowerCase() === 'workitemresult');
  return name === undefined ? '' : String(outputs[name] ?? '');
}
