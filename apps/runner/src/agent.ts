import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Artifacts } from './artifacts.ts';
import { BotProcess } from './bot-process.ts';
import { BotRuns } from './bot-runs.ts';
import { BundleCache } from './bundle-cache.ts';
import type { RunnerConfiguration } from './configuration.ts';
import { ControlRoomClient, Refused } from './control-room-client.ts';
import { Credentials } from './credentials.ts';
import { type DeviceIdentity, describeDevice, identify, noSession } from './device.ts';
import { ItemWork } from './item-work.ts';
import type { RunnerLog } from './log.ts';
import { Outbox } from './outbox.ts';
import type {
  DeviceFacts,
  HeldRun,
  ItemResult,
  RobotOrder,
  RunCommand,
  RunOrder,
  RunResult,
  TakenWork,
} from './protocol.ts';
import { Reporter } from './reporter.ts';
import { untilItWorks } from './retry.ts';
import { RobotFolders } from './robots/robot-folders.ts';
import { RobotRuns } from './robots/robot-runs.ts';
import { RunReporter } from './run-reporter.ts';
import { RunWork } from './run-work.ts';
import type { Surroundings } from './workload.ts';

/** Items waiting on this device for each bot process: enough that none is idle while the next batch comes. */
const STAGED_A_PROCESS = 50;
const WAIT_SECONDS = 25;
/** How long running bots may go on when the runner is told to stop. */
const STOP_GRACE_MS = 10_000;

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

/** One session after another, and the slots between which the work of all kinds is shared out. */
class Runner {
  readonly #configuration: RunnerConfiguration;
  readonly #client: ControlRoomClient;
  readonly #identity: DeviceIdentity;
  readonly #log: RunnerLog;
  readonly #itemOutbox: Outbox<ItemResult>;
  readonly #runOutbox: Outbox<RunResult>;
  readonly #itemReporter: Reporter;
  readonly #runReporter: RunReporter;
  readonly #items: ItemWork;
  readonly #bots: RunWork<RunOrder>;
  readonly #robots: RunWork<RobotOrder>;
  readonly #robotFolders: RobotFolders;
  readonly #artifacts: Artifacts;
  readonly #device: DeviceFacts;
  readonly #around: Surroundings;
  readonly #stopping = new AbortController();
  readonly #ended = new AbortController();
  readonly #loops: Promise<void>[] = [];
  readonly #connected = Promise.withResolvers<void>();
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
    this.#device = describeDevice(configuration);
    mkdirSync(configuration.dataDir, { recursive: true });
    this.#itemOutbox = new Outbox(join(configuration.dataDir, 'outbox.jsonl'));
    this.#runOutbox = new Outbox(join(configuration.dataDir, 'run-outbox.jsonl'));
    this.#itemReporter = new Reporter(client, this.#itemOutbox, log);
    this.#runReporter = new RunReporter(client, this.#runOutbox, log);
    const around: Surroundings = {
      configuration,
      globals: { hash: '', values: {} },
      credentials: new Credentials(client, log, this.#ended.signal),
      hostName: this.#device.hostName,
      bundles: new BundleCache(client, log, this.#ended.signal),
      log,
      stopping: this.#stopping.signal,
      onWork: () => this.#wakeAllSlots(),
    };
    this.#around = around;
    this.#items = new ItemWork(around, this.#itemReporter);
    this.#artifacts = new Artifacts(configuration, client, log, this.#ended.signal);
    const { dataDir } = configuration;
    this.#robotFolders = new RobotFolders(dataDir, this.#artifacts, log);
    const bots = new BotRuns(around, this.#runReporter, this.#artifacts);
    const robots = new RobotRuns(around, this.#runReporter, this.#robotFolders, client, this.#ended.signal);
    this.#bots = new RunWork(around, this.#runReporter, this.#artifacts, bots);
    this.#robots = new RunWork(around, this.#runReporter, this.#artifacts, robots);
    this.#loops.push(this.#live());
  }

  async #live(): Promise<void> {
    // Before anything else: what a killed runner left running may be run again elsewhere.
    await this.#robotFolders.endLeftovers();
    // What was done before the last end is told first: a new session would take it back.
    await this.#deliverLeftovers();
    await this.#connect();
    if (this.#stopping.signal.aborted) return;
    this.#connected.resolve();
    this.#artifacts.collectLeftovers();
    for (let i = 0; i < this.#configuration.capacity; i++) this.#loops.push(this.#slot());
    this.#loops.push(
      this.#takeItems(),
      this.#takeRuns(),
      this.#itemReporter.run(() => this.#session, this.#ended.signal),
      this.#runReporter.run(() => this.#session, this.#ended.signal),
      this.#beat(),
    );
  }

  async #deliverLeftovers(): Promise<void> {
    const results = this.#itemOutbox.size + this.#runOutbox.size;
    if (results === 0) return;
    this.#log.info({ results }, 'Delivering results of before.');
    const deliver = () =>
      Promise.all([this.#itemReporter.deliver(noSession()), this.#runReporter.deliver(noSession())]);
    await untilItWorks('delivery', deliver, this.#log, this.#stopping.signal);
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
    this.#items.loseAll();
    this.#bots.loseAll();
    this.#robots.loseAll();
    await this.#deliverLeftovers();
    await this.#connect();
  }

  async #takeItems(): Promise<void> {
    const { signal } = this.#stopping;
    const most = this.#configuration.capacity * STAGED_A_PROCESS;
    while (!signal.aborted) {
      const room = most - this.#items.waiting;
      if (room < most / 2) {
        await new Promise<void>((resolve) => {
          this.#wakeTaker = resolve;
        });
        continue;
      }
      await this.#poll({ capacity: room, runs: false, robots: false }, ({ assignments }) =>
        this.#items.stage(assignments),
      );
    }
  }

  /** A poll of its own is always open: what people want of a running bot comes with it at once. */
  async #takeRuns(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#poll({ capacity: 0, runs: true, robots: true }, ({ runs, robots = [], commands }) => {
        this.#bots.take(runs);
        this.#robots.take(robots);
        this.#obey(commands);
      });
    }
  }

  async #poll(
    wanted: { readonly capacity: number; readonly runs: boolean; readonly robots: boolean },
    onWork: (taken: TakenWork) => void,
  ): Promise<void> {
    const { signal } = this.#stopping;
    const session = this.#session;
    try {
      const globals = this.#around.globals.hash;
      const taken = await this.#client.takeWork(session, { ...wanted, globals }, WAIT_SECONDS, signal);
      if (taken.globals) this.#around.globals = taken.globals;
      // Of a session that is over: it has been given to somebody else by now.
      if (session === this.#session) onWork(taken);
    } catch (cause) {
      if (signal.aborted) return;
      if (cause instanceof Refused && cause.status === 409 && session === this.#session) await this.#reconnect();
      else await sleep(500, undefined, { signal }).catch(() => {});
    }
  }

  async #slot(): Promise<void> {
    const process = new BotProcess();
    while (!this.#stopping.signal.aborted) {
      // Before there is work: starting a process takes longer than most bots do.
      process.warmUp();
      const task = this.#bots.next() ?? this.#robots.next() ?? this.#items.next();
      this.#wakeTaker();
      if (!task) {
        await new Promise<void>((resolve) => this.#wakeSlots.push(resolve));
        continue;
      }
      await task(process);
    }
    process.close();
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await sleep(this.#heartbeatMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const items = this.#items.held;
      const runs = this.#heldRuns();
      try {
        const pulse = await this.#client.heartbeat(this.#session, items, runs);
        if (!pulse.live && !this.#stopping.signal.aborted) {
          await this.#reconnect();
          continue;
        }
        this.#items.drop(items.filter(({ id }) => pulse.lost.includes(id)));
        const lostRuns = runs.filter(({ id }) => pulse.lostRuns.includes(id));
        this.#bots.drop(lostRuns);
        this.#robots.drop(lostRuns);
        this.#obey(pulse.commands);
      } catch {
        // The next beat tries again; until the lease is over nothing is lost.
      }
    }
  }

  /** All runs that this device answers for. */
  #heldRuns(): readonly HeldRun[] {
    return [...this.#bots.held, ...this.#robots.held, ...this.#runReporter.undelivered];
  }

  /** Each kind obeys what is said about its own. */
  #obey(commands: readonly RunCommand[]): void {
    for (const command of commands) {
      this.#bots.obey(command);
      this.#robots.obey(command);
    }
  }

  #wakeAllSlots(): void {
    for (const wake of this.#wakeSlots.splice(0)) wake();
  }

  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#connected.resolve();
    this.#items.handBackWaiting();
    this.#bots.handBackWaiting();
    this.#robots.handBackWaiting();
    this.#wakeAllSlots();
    this.#wakeTaker();
    const running = (): number => this.#items.running + this.#bots.running + this.#robots.running;
    const deadline = Date.now() + STOP_GRACE_MS;
    while (running() > 0 && Date.now() < deadline) await sleep(20);
    this.#items.stopRunning('The runner is stopping.');
    this.#bots.stopRunning('The runner was stopped.');
    this.#robots.stopRunning('The runner was stopped.');
    while (running() > 0 && Date.now() < deadline + STOP_GRACE_MS) await sleep(20);
    // Files that a server does not take by then are sent at the next start.
    await Promise.race([
      this.#artifacts.settled(),
      sleep(Math.max(0, deadline + STOP_GRACE_MS - Date.now()), undefined, { ref: false }),
    ]);
    this.#ended.abort();
    // One last try each; what cannot be delivered now is in the outbox for the next start.
    const session = this.#session || noSession();
    await Promise.allSettled([this.#itemReporter.deliver(session), this.#runReporter.deliver(session)]);
    if (this.#session) await this.#client.closeSession(this.#session).catch(() => {});
    await Promise.allSettled(this.#loops);
    this.#itemOutbox.close();
    this.#runOutbox.close();
    await this.#client.close();
  }
}
