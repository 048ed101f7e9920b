import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestKernel } from '../../../test-support/kernel.ts';
import { createBots } from '../bots/index.ts';
import { createFleet, type Fleet, type RunnerIdentity } from '../fleet/index.ts';
import { SYSTEM } from '../identity/index.ts';
import { createOutbox } from '../outbox/index.ts';
import { createRepository, type Repository } from '../repository/index.ts';
import { createWork, type Work } from '../work/index.ts';
import {
  createRuns,
  isFinal,
  PRIORITIES,
  RUN_OUTCOMES,
  RUN_STATUSES,
  RUN_TRANSITIONS,
  type RunStatus,
  type Runs,
} from './index.ts';
import { RUN_LEASE_SECONDS } from './run-claims.ts';

/**
 * The life cycle against the real database: whatever users, runners, lost leases and late words do in whatever order,
 * every change is one of the table, a finished run stays as it is, a bot that had begun is begun by nobody else, and no
 * device has more runs than slots.
 */
const CAPACITY = 2;
const RUNS = Number(process.env.LIFE_CYCLE_RUNS ?? 40);
let test: Awaited<ReturnType<typeof createTestKernel>>;
let runs: Runs;
let fleet: Fleet;
let work: Work;
let repository: Repository;
let fileId: number;
let userId: number;
let close: () => Promise<void>;

interface Device {
  readonly runner: RunnerIdentity;
  session: string;
  /** All that it was ever given: a forgetful runner repeats old words. */
  readonly given: { id: string; version: number }[];
}

interface Seen {
  status: RunStatus;
  version: number;
  archived: boolean;
  began: number;
}

beforeAll(async () => {
  test = await createTestKernel();
  const outgoing = { allow: ['public'], deny: [] };
  const bots = createBots({
    outgoing,
    limits: {},
    dataDir: '/nonexistent',
    controlRoom: () => 'http://127.0.0.1',
    onTrouble: () => {},
  } as unknown as Parameters<typeof createBots>[0]); // no bot is run here
  repository = createRepository(test.kernel, bots);
  const outbox = createOutbox(test.kernel, outgoing);
  fleet = createFleet(test.kernel, outbox);
  work = createWork(test.kernel);
  runs = createRuns(
    test.kernel,
    {
      work,
      fleet,
      repository,
      outbox,
      vault: { forBots: async () => ({ problem: 'no bot runs here' }) },
    },
    { retentionDays: undefined, artifacts: { most: 1, mostBytes: 1 } },
  );
  close = () => bots.close();
  await repository.entries.prepare();
  const file = await repository.entries.createFile(SYSTEM, {
    name: 'bot',
    parentId: 2,
    contentType: 'application/vnd.aa.taskbot',
  });
  fileId = file.id;
  const user = await test.kernel.database.first(
    sql<{ id: number }>`insert into app_user (username, email, password_hash, license_features)
      values ('runner-user', 'r@example.test', '', '{RUNTIME}') returning id`,
  );
  userId = user?.id ?? 0;
});
afterAll(async () => {
  await close?.();
  await test?.close();
});

async function makeDevice(): Promise<Device> {
  const { token } = await fleet.runners.issueToken(SYSTEM);
  const facts = { hostName: `d-${randomUUID()}`, os: '', agentVersion: '', capacity: CAPACITY, capabilities: {} };
  const { deviceId } = await fleet.runners.register(token, facts);
  const runner = { deviceId, hostName: facts.hostName };
  const { sessionId } = await fleet.runners.openSession(runner, facts);
  return { runner, session: sessionId, given: [] };
}

class World {
  readonly seen = new Map<string, Seen>();
  readonly devices: Device[];
  readonly poolId: number;

  constructor(devices: Device[], poolId: number) {
    this.devices = devices;
    this.poolId = poolId;
  }
}

type Step = fc.AsyncCommand<object, World>;
const step = (name: string, run: (world: World) => Promise<unknown>): Step => ({
  check: () => true,
  run: async (_, world) => {
    await run(world);
    await check(world, name);
  },
  toString: () => name,
});

/** Several changes may have happened in one step: that one leads to the other by the table is enough. */
function reachable(from: RunStatus, to: RunStatus): boolean {
  const next = (status: RunStatus): RunStatus[] =>
    RUN_TRANSITIONS.flatMap((one) => ((one.from as readonly RunStatus[]).includes(status) ? one.to : []));
  const found = new Set<RunStatus>(next(from));
  for (const status of found) for (const more of next(status)) found.add(more);
  return found.has(to);
}

async function check(world: World, what: string): Promise<void> {
  const rows = await test.kernel.database.all(
    sql<{
      id: string;
      status: RunStatus;
      version: number;
      leased: boolean;
      archived: boolean;
      begun: boolean;
    }>`select id, status, version,
        lease_id is not null as leased, archived_on is not null as archived, started_on is not null as begun from run`,
  );
  for (const { id, status, version, leased, archived, begun } of rows) {
    const before = world.seen.get(id);
    if (!before) {
      if (world.devices.length > 0) world.seen.set(id, { status, version, archived, began: begun ? version : 0 });
      continue;
    }
    if (before.status !== status) {
      expect(isFinal(before.status), `${what}: ${before.status} → ${status}`).toBe(false);
      expect(reachable(before.status, status), `${what}: ${before.status} → ${status}`).toBe(true);
    }
    if (isFinal(before.status)) expect(version, what).toBe(before.version);
    expect(version, what).toBeGreaterThanOrEqual(before.version);
    expect(leased, `${what}: ${status}`).toBe(['DEPLOYED', 'RUNNING', 'RUN_PAUSED'].includes(status));
    // Once begun it is never given to anybody again: waiting and deployed runs have not begun.
    if (['QUEUED', 'PENDING_EXECUTION', 'DEPLOYED'].includes(status)) expect(begun, what).toBe(false);
    world.seen.set(id, { status, version, archived, began: before.began || (begun ? version : 0) });
  }
  const busiest = await test.kernel.database.first(
    sql<{
      most: number;
    }>`select coalesce(max(n), 0)::int as most from (select count(*) as n from run where lease_id is not null group by device_id) c`,
  );
  expect(busiest?.most).toBeLessThanOrEqual(CAPACITY);
}

async function versionOf(device: Device, id: string): Promise<number | undefined> {
  const row = await test.kernel.database.first(
    sql<{ version: number }>`select version from run where id = ${id} and device_id = ${device.runner.deviceId}`,
  );
  return row?.version;
}

const deviceOf = (world: World, at: number): Device => world.devices[at % world.devices.length] as Device;
/** Rather what it was given last than what it was given first. */
const wordOf = (device: Device, back: number) =>
  device.given[device.given.length - 1 - (back % Math.max(1, device.given.length))];
const anyRun = (world: World, at: number): string | undefined =>
  [...world.seen.keys()][at % Math.max(1, world.seen.size)];
const now = () => new Date().toISOString();

const target = (pooled: boolean, world: World, usage: 'RUN_ON_POOL_DEVICES' | 'PREFER_DEFAULT_DEVICE') =>
  ({
    kind: 'UNATTENDED',
    runAsUserIds: [userId],
    poolIds: pooled ? [world.poolId] : [],
    deviceUsage: usage,
    usersToUse: undefined,
  }) as const;

const deploying = fc.tuple(fc.boolean(), fc.constantFrom(...PRIORITIES)).map(([pooled, priority]) =>
  step(`deploy ${pooled ? 'to the pool' : 'to the default device'} ${priority}`, (world) =>
    runs.deployments.deploy(SYSTEM, {
      fileId,
      priority,
      target: target(pooled, world, pooled ? 'RUN_ON_POOL_DEVICES' : 'PREFER_DEFAULT_DEVICE'),
    }),
  ),
);
const claiming = fc.tuple(fc.nat(1), fc.boolean()).map(([at, begin]) =>
  step(`device ${at} claims${begin ? ' and begins' : ''}`, async (world) => {
    const device = deviceOf(world, at);
    const taken = await runs.claims.claim(device.runner, device.session, true);
    const words = taken.map(({ id, version }) => ({ id, version }));
    device.given.push(...words);
    const started = words.map((word) => ({ ...word, startTime: now(), totalLines: 3 }));
    if (begin) await runs.claims.start(device.runner.deviceId, started);
  }),
);
/** Without them nothing else has anything to do. */
const usual = [deploying, claiming];

const steps: fc.Arbitrary<Step>[] = [
  fc.tuple(fc.nat(3), fc.nat(4)).map(([at, which]) =>
    step(`device ${at} begins word ${which}`, async (world) => {
      const device = deviceOf(world, at);
      const word = wordOf(device, which);
      if (word) await runs.claims.start(device.runner.deviceId, [{ ...word, startTime: now(), totalLines: 3 }]);
    }),
  ),
  fc.tuple(fc.nat(3), fc.nat(4), fc.boolean()).map(([at, which, paused]) =>
    step(`device ${at} says word ${which} is ${paused ? 'paused' : 'going on'}`, async (world) => {
      const device = deviceOf(world, at);
      const word = wordOf(device, which);
      if (word) await runs.claims.setPaused(device.runner.deviceId, [{ ...word, paused }]);
    }),
  ),
  fc.tuple(fc.nat(3), fc.nat(4), fc.constantFrom(...RUN_OUTCOMES)).map(([at, which, status]) =>
    step(`device ${at} ends word ${which} as ${status}`, async (world) => {
      const device = deviceOf(world, at);
      const word = wordOf(device, which);
      const nothing = {
        message: '',
        line: null,
        botPath: null,
        outputs: null,
        totalLines: null,
        startTime: null,
        endTime: null,
      };
      if (!word) return;
      const before = await versionOf(device, word.id);
      const counted = await runs.claims.finish(device.runner.deviceId, [
        { ...word, status, ...nothing, deviceFault: false },
      ]);
      if (counted.has(word.id))
        expect(before, 'a word under another version, or from another device').toBe(word.version);
    }),
  ),
  fc.tuple(fc.nat(3), fc.nat(4)).map(([at, which]) =>
    step(`device ${at} hands back word ${which}`, async (world) => {
      const device = deviceOf(world, at);
      const word = wordOf(device, which);
      if (!word) return;
      const before = await versionOf(device, word.id);
      const count = await runs.claims.handBack(device.runner.deviceId, [word]);
      if (count > 0) expect(before, 'a word under another version, or from another device').toBe(word.version);
    }),
  ),
  fc.nat(3).map((at) =>
    step(`device ${at} is started anew`, async (world) => {
      const device = deviceOf(world, at);
      const facts = {
        hostName: device.runner.hostName,
        os: '',
        agentVersion: '',
        capacity: CAPACITY,
        capabilities: {},
      };
      const { sessionId, replaced } = await fleet.runners.openSession(device.runner, facts);
      device.session = sessionId;
      for (const holder of replaced) await work.sweeps.endLeases(holder, 'anew');
      await runs.sweeps.recover();
    }),
  ),
  fc.constant(
    step('all leases run out', async () => {
      await test.database.advance({ seconds: RUN_LEASE_SECONDS + 1 });
      await work.sweeps.sweep();
      await runs.sweeps.recover();
    }),
  ),
  fc.tuple(fc.constantFrom('pause', 'resume', 'stop', 'archive'), fc.nat(4)).map(([action, at]) =>
    step(`somebody wants to ${action} run ${at}`, async (world) => {
      const id = anyRun(world, at);
      if (id) await runs.manage.act(SYSTEM, action as 'pause', [id]);
    }),
  ),
  fc.nat(4).map((at) =>
    step(`somebody audits run ${at}`, async (world) => {
      const id = anyRun(world, at);
      if (id) await runs.manage.auditUnknown(SYSTEM, id).catch(() => {});
    }),
  ),
];

describe('the life cycle of runs', () => {
  it('holds whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.commands([...steps, ...usual, ...usual], { maxCommands: 60, size: 'max' }),
        async (commands) => {
          await test.kernel.database.all(sql`delete from run`);
          const devices = [await makeDevice(), await makeDevice()];
          const pool = await fleet.pools.create(SYSTEM, {
            name: randomUUID(),
            automationScheme: 'PRIORITY',
            deviceIds: devices.map(({ runner }) => runner.deviceId),
          });
          const [first] = devices;
          if (first) await fleet.runAsUsers.setDefaultDevice(SYSTEM, { userId, deviceId: first.runner.deviceId });
          await fc.asyncModelRun(() => ({ model: {}, real: new World(devices, pool.id) }), commands);
        },
      ),
      { numRuns: RUNS },
    );
  }, 600_000);

  it('leaves no status without a way to it, and out of it unless it is final', () => {
    for (const status of RUN_STATUSES) {
      if (status !== 'QUEUED')
        expect(
          RUN_TRANSITIONS.some(({ to }) => to === status),
          status,
        ).toBe(true);
    }
    expect(RUN_STATUSES.filter(isFinal)).toEqual([
      'COMPLETED',
      'RUN_FAILED',
      'RUN_ABORTED',
      'RUN_TIMED_OUT',
      'DEPLOY_FAILED',
      'UNKNOWN',
    ]);
  });

  it('has a reason for every status, and comes to each of them', async () => {
    await test.kernel.database.all(sql`delete from run`);
    const device = await makeDevice();
    const { deviceId } = device.runner;
    await fleet.runAsUsers.setDefaultDevice(SYSTEM, { userId, deviceId });
    const world = new World([device], 0);
    const reasons = new Map<RunStatus, string>();
    const look = async (id: string): Promise<void> => {
      const { run, explanation } = await runs.explaining.run(SYSTEM, id);
      expect(explanation.text, run.status).not.toBe('');
      reasons.set(run.status, explanation.reason);
    };
    const deploy = async (): Promise<string> => {
      const { runIds } = await runs.deployments.deploy(SYSTEM, {
        fileId,
        target: target(false, world, 'PREFER_DEFAULT_DEVICE'),
      });
      return runIds[0] as string; // one user, one run
    };
    const claim = async () =>
      (await runs.claims.claim(device.runner, device.session, false))[0] as { id: string; version: number };
    const nothing = {
      message: 'x',
      line: null,
      botPath: null,
      outputs: null,
      totalLines: null,
      startTime: null,
      endTime: null,
      deviceFault: false,
    };

    for (const status of RUN_OUTCOMES) {
      const id = await deploy();
      await look(id);
      const { version } = await claim();
      await look(id);
      await runs.claims.finish(deviceId, [{ id, version, status, ...nothing }]);
      await look(id);
    }
    const id = await deploy();
    const { version } = await claim();
    await runs.claims.start(deviceId, [{ id, version, startTime: now(), totalLines: 1 }]);
    await look(id);
    await runs.claims.setPaused(deviceId, [{ id, version, paused: true }]);
    await look(id);
    for (let more = 1; more < CAPACITY; more++) {
      await deploy();
      await claim();
    }
    await look(await deploy());
    await fleet.runners.closeSession(device.runner, device.session);
    await runs.sweeps.recover();
    await look(id);
    expect(Object.fromEntries(reasons)).toEqual({
      QUEUED: 'IN_LINE',
      PENDING_EXECUTION: 'DEVICE_BUSY',
      DEPLOYED: 'STAGED',
      RUNNING: 'RUNNING',
      RUN_PAUSED: 'PAUSED',
      COMPLETED: 'COMPLETED',
      RUN_FAILED: 'FAILED',
      RUN_ABORTED: 'ABORTED',
      RUN_TIMED_OUT: 'TIMED_OUT',
      DEPLOY_FAILED: 'DEPLOY_FAILED',
      UNKNOWN: 'LOST',
    } satisfies Record<RunStatus, string>);
  });
});
