import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestKernel } from '../../../test-support/kernel.ts';
import { SYSTEM } from '../identity/caller.ts';
import type { ClaimedItem, ItemResult } from './claims.ts';
import { createWork, type ItemStatus, TRANSITIONS, type Transition, type Work } from './index.ts';
import { userTransition } from './life-cycle.ts';
import { MOST_LOSSES } from './sweeps.ts';

/**
 * The life cycle against the real database. First one caller with a model that knows what every step must bring about;
 * then several callers at once, with what must hold whoever comes first.
 */
const facts = { requestId: '', address: '' };
const RETRIES = 1;
const LEASE_SECONDS = 60;
let work: Work;
let test: Awaited<ReturnType<typeof createTestKernel>>;
let queues = 0;

beforeAll(async () => {
  test = await createTestKernel();
  work = createWork(test.kernel);
});
afterAll(() => test.close());

async function makeQueue(): Promise<number> {
  const model = await work.models.create(SYSTEM, { name: `m${++queues}`, attributes: [{ name: 'n', type: 'NUMBER' }] });
  return (
    await work.queues.create(SYSTEM, {
      name: `q${queues}`,
      modelId: model.id,
      autoRetryLimit: RETRIES,
      leaseSeconds: LEASE_SECONDS,
    })
  ).id;
}

/** Where the model believes an item is. */
interface Known {
  status: ItemStatus;
  version: number;
  retries: number;
  attempts: number;
  /** With its runner, while it was worked on. */
  losses: number;
  /** Which runner holds it, under which version. */
  held: { runner: number; version: number } | undefined;
}

class Model {
  readonly items = new Map<number, Known>();
  /** In line, first to be taken first. */
  line: number[] = [];

  put(id: number, status: ItemStatus): void {
    const item = this.items.get(id);
    if (!item) throw new Error(`The model does not know item ${id}.`);
    if (status === 'NEW') this.line.push(id);
    else this.line = this.line.filter((one) => one !== id);
    item.status = status;
    item.version++;
    if (status !== 'READY_TO_RUN' && status !== 'ACTIVE') item.held = undefined;
  }
}

type Step = fc.AsyncCommand<Model, { queueId: number }>;

const step = (name: string, run: (model: Model, queueId: number) => Promise<void>): Step => ({
  check: () => true,
  run: async (model, { queueId }) => {
    await run(model, queueId);
    await compare(model, queueId);
  },
  toString: () => name,
});

/** Everything the database says must be what the model says. */
async function compare(model: Model, queueId: number): Promise<void> {
  const rows = await test.kernel.database.all(
    sql<{ id: number; status: ItemStatus; version: number; retries: number; leased: boolean }>`
      select id, status, version, retry_count as retries, lease_id is not null as leased from work_item where queue_id = ${queueId} order by id`,
  );
  expect(rows).toEqual(
    [...model.items].map(([id, { status, version, retries, held }]) => ({
      id,
      status,
      version,
      retries,
      leased: held !== undefined,
    })),
  );
}

const add = (count: number): Step =>
  step(`add ${count}`, async (model, queueId) => {
    const items = await work.adding.add(
      SYSTEM,
      queueId,
      Array.from({ length: count }, (_, n) => ({ n })),
      facts,
    );
    for (const { id } of items) {
      model.items.set(id, { status: 'NEW', version: 0, retries: 0, attempts: 0, losses: 0, held: undefined });
      model.line.push(id);
    }
  });

const claim = (runner: number, limit: number): Step =>
  step(`runner ${runner} claims ${limit}`, async (model, queueId) => {
    const taken = await work.claims.claim(claimOf(queueId, runner, limit));
    expect(taken.map(({ id }) => id)).toEqual(model.line.slice(0, limit));
    for (const { id, version, attempts } of taken) {
      model.put(id, 'READY_TO_RUN');
      const item = model.items.get(id) as Known;
      item.attempts++;
      expect({ version, attempts }).toEqual({ version: item.version, attempts: item.attempts });
      item.held = { runner, version };
    }
  });

const start = (pick: number): Step =>
  step(`start ${pick}`, async (model) => {
    const chosen = pickFrom(
      [...model.items].filter(([, { held }]) => held),
      pick,
    );
    if (!chosen) return;
    const [id, item] = chosen;
    await work.claims.start(item.held?.runner ?? 0, [
      { id, version: item.held?.version ?? 0, startTime: '2026-01-01T00:00:00Z' },
    ]);
    item.status = 'ACTIVE';
  });

const finish = (pick: number, good: boolean, stale: boolean): Step =>
  step(`finish ${pick} ${good ? 'well' : 'badly'}${stale ? ' under an old version' : ''}`, async (model) => {
    const chosen = pickFrom([...model.items], pick);
    if (!chosen) return;
    const [id, item] = chosen;
    const version = (item.held?.version ?? item.version) - (stale ? 1 : 0);
    const [verdict] = await work.claims.finish(item.held?.runner ?? 1, [resultOf(id, version, good)]);
    if (!item.held || stale) {
      expect(verdict).toEqual({ accepted: false });
      return;
    }
    const retry = !good && item.retries < RETRIES;
    if (retry) item.retries++;
    const status = good ? 'COMPLETED' : retry ? 'NEW' : 'FAILED';
    expect(verdict).toEqual({ accepted: true, status });
    model.put(id, status);
  });

const handBack = (pick: number): Step =>
  step(`hand back ${pick}`, async (model) => {
    const chosen = pickFrom(
      [...model.items].filter(([, { held }]) => held),
      pick,
    );
    if (!chosen) return;
    const [id, item] = chosen;
    // It keeps its place in line, before what came after it.
    await work.claims.handBack(item.held?.runner ?? 0, [{ id, version: item.held?.version ?? 0 }]);
    model.put(id, 'NEW');
    await readLine(model, [...model.items.keys()]);
  });

const silence = step('all runners fall silent', async (model) => {
  await test.database.advance({ seconds: LEASE_SECONDS + 1 });
  await work.sweeps.sweep();
  for (const [id, item] of model.items) {
    if (!item.held) continue;
    if (item.status === 'ACTIVE') item.losses++;
    model.put(id, item.status === 'ACTIVE' && item.losses >= MOST_LOSSES ? 'UNKNOWN' : 'NEW');
  }
  await readLine(model, [...model.items.keys()]);
});

const set = (pick: number, to: ItemStatus): Step =>
  step(`a user sets ${pick} to ${to}`, async (model, queueId) => {
    const chosen = pickFrom([...model.items], pick);
    if (!chosen) return;
    const [id, item] = chosen;
    const change = work.changing.update(SYSTEM, queueId, id, { version: item.version, status: to });
    if (item.status !== to && !userTransition(item.status, to, item.held !== undefined)) {
      await expect(change).rejects.toMatchObject({ code: 'REQUEST.INVALID' });
      return;
    }
    await change;
    if (item.status === to) {
      item.version++;
      return;
    }
    if (to === 'NEW') item.losses = 0;
    model.put(id, to);
  });

const remove = (pick: number): Step =>
  step(`delete ${pick}`, async (model, queueId) => {
    const chosen = pickFrom([...model.items], pick);
    if (!chosen) return;
    const [id, item] = chosen;
    const removal = work.items.remove(SYSTEM, queueId, [id]);
    if (item.status === 'READY_TO_RUN' || item.status === 'ACTIVE') {
      await expect(removal).rejects.toMatchObject({ code: 'CONFLICT' });
      return;
    }
    await removal;
    model.items.delete(id);
    model.line = model.line.filter((one) => one !== id);
  });

/** Where places were kept, the order is read off the database; the next claim still checks that it is obeyed. */
async function readLine(model: Model, ids: readonly number[]): Promise<void> {
  const rows = await test.kernel.database.all(
    sql<{
      id: number;
    }>`select id from work_item where id = any(${[...ids]}) and status = 'NEW' order by processing_key, position`,
  );
  model.line = rows.map(({ id }) => id);
}

function pickFrom<T>(list: readonly T[], pick: number): T | undefined {
  return list.length === 0 ? undefined : list[pick % list.length];
}

const claimOf = (queueId: number, runner: number, limit: number) => ({
  queueId,
  limit,
  leaseSeconds: LEASE_SECONDS,
  holder: `device:${runner}:${queueId}`,
  deviceId: runner,
  deviceUserId: 1,
  automationId: 1,
});

const resultOf = (id: number, version: number, good: boolean): ItemResult => ({
  id,
  version,
  status: good ? 'COMPLETED' : 'FAILED',
  result: '',
  error: good ? null : 'no',
  output: null,
  startTime: null,
  endTime: null,
});

const STATUSES: readonly ItemStatus[] = [
  'NEW',
  'READY_TO_RUN',
  'ACTIVE',
  'ON_HOLD',
  'COMPLETED',
  'FAILED',
  'DATA_ERROR',
  'UNKNOWN',
];

describe('the life cycle', () => {
  it('is obeyed at every step of any history', async () => {
    const pick = fc.nat(20);
    const runner = fc.integer({ min: 1, max: 3 });
    const commands = fc.commands(
      [
        fc.integer({ min: 1, max: 4 }).map(add),
        fc.tuple(runner, fc.integer({ min: 1, max: 3 })).map(([who, limit]) => claim(who, limit)),
        pick.map(start),
        fc.tuple(pick, fc.boolean(), fc.boolean()).map(([which, good, stale]) => finish(which, good, stale)),
        pick.map(handBack),
        fc.constant(silence),
        fc.tuple(pick, fc.constantFrom(...STATUSES)).map(([which, to]) => set(which, to)),
        pick.map(remove),
      ],
      { maxCommands: 40 },
    );
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        const queueId = await makeQueue();
        await fc.asyncModelRun(() => ({ model: new Model(), real: { queueId } }), steps);
      }),
      { numRuns: Number(process.env.LIFE_CYCLE_RUNS ?? 40), endOnFailure: false },
    );
  }, 120_000);

  it('holds with several callers at once: no result counts twice, no version is given out twice, nothing is lost', async () => {
    const queueId = await makeQueue();
    const total = 300;
    await work.adding.add(
      SYSTEM,
      queueId,
      Array.from({ length: total }, (_, n) => ({ n })),
      facts,
    );
    const claimed: string[] = [];
    const accepted: string[] = [];
    let open = true;
    const runners = Array.from({ length: 8 }, async (_, runner) => {
      const random = seeded(runner + 1);
      while (open) {
        const items = await work.claims.claim(claimOf(queueId, runner + 1, 1 + Math.floor(random() * 10)));
        claimed.push(...items.map(({ id, version }) => `${id}:${version}`));
        if (items.length === 0) {
          const left = await test.kernel.database.first(
            sql<{
              n: number;
            }>`select count(*) as n from work_item where queue_id = ${queueId} and status in ('NEW', 'READY_TO_RUN', 'ACTIVE')`,
          );
          if (left?.n === 0) open = false;
        }
        await workOff(runner + 1, items, random, accepted);
      }
    });
    await Promise.all(runners);

    expect(new Set(claimed).size).toBe(claimed.length);
    const rows = await test.kernel.database.all(
      sql<{ id: number; status: ItemStatus }>`select id, status from work_item where queue_id = ${queueId}`,
    );
    expect(rows).toHaveLength(total);
    expect(rows.every(({ status }) => status === 'COMPLETED' || status === 'FAILED')).toBe(true);
    const finals = accepted.filter((one) => !one.endsWith(':NEW')).map((one) => one.split(':')[0]);
    expect(new Set(finals).size).toBe(finals.length);
    expect(finals).toHaveLength(total);
  }, 60_000);

  it('leads from every status that is not final to another one, and names each transition once', () => {
    const all: readonly Transition[] = TRANSITIONS;
    for (const status of STATUSES) {
      if (status !== 'COMPLETED')
        expect(
          all.some(({ from }) => from.includes(status)),
          status,
        ).toBe(true);
    }
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });
});

/** Ends, repeats, hands back and mistakes versions at random, as tired runners on a bad network do. */
async function workOff(
  runner: number,
  items: readonly ClaimedItem[],
  random: () => number,
  accepted: string[],
): Promise<void> {
  await Promise.all(
    items.map(async ({ id, version }) => {
      const luck = random();
      if (luck < 0.1) {
        await work.claims.handBack(runner, [{ id, version }]);
        return;
      }
      if (luck < 0.2) await work.claims.start(runner, [{ id, version, startTime: '2026-01-01T00:00:00Z' }]);
      const result = resultOf(id, version, luck < 0.8);
      // The same result twice at the same time, and once more under a version that never was.
      const verdicts = (
        await Promise.all([
          work.claims.finish(runner, [result]),
          work.claims.finish(runner, [result]),
          work.claims.finish(runner, [{ ...result, version: version + 1 }]),
        ])
      ).flat();
      for (const verdict of verdicts) if (verdict.accepted) accepted.push(`${id}:${version}:${verdict.status}`);
      expect(verdicts.filter((verdict) => verdict.accepted)).toHaveLength(1);
    }),
  );
}

function seeded(seed: number): () => number {
  let state = seed * 2_654_435_769;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
