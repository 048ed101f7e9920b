import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestKernel } from '../../../test-support/kernel.ts';
import { SYSTEM } from '../identity/caller.ts';
import { createWork, type Work } from './index.ts';

let work: Work;
let test: Awaited<ReturnType<typeof createTestKernel>>;
const facts = { requestId: 'r', address: '127.0.0.1' };
const everything = { filter: { operator: 'everything' }, order: [], offset: 0, length: 1000 } as const;

beforeAll(async () => {
  test = await createTestKernel();
  work = createWork(test.kernel);
});
afterAll(() => test.close());

let names = 0;
async function makeQueue(settings: Partial<Parameters<Work['queues']['create']>[1]> = {}): Promise<number> {
  const model = await work.models.create(SYSTEM, {
    name: `model ${++names}`,
    attributes: [
      { name: 'invoice', type: 'TEXT', isRequired: true },
      { name: 'amount', type: 'NUMBER' },
      { name: 'due', type: 'DATE' },
    ],
  });
  return (await work.queues.create(SYSTEM, { name: `queue ${names}`, modelId: model.id, ...settings })).id;
}
const claim = (queueId: number, limit = 1, holder = 'device:1:a', leaseSeconds = 60) =>
  work.claims.claim({ queueId, limit, holder, leaseSeconds, deviceId: 1, deviceUserId: 1, automationId: 1 });
const done = { result: 'ok', error: null, output: null, startTime: null, endTime: null } as const;
const get = async (queueId: number, id: number) => (await work.items.get(SYSTEM, queueId, id)).item;

function csv(text: string) {
  return {
    name: 'items.csv',
    stream: Readable.from([Buffer.from(text)], { objectMode: false }),
    truncated: () => false,
  };
}

function only<T>(list: readonly T[]): T {
  const [one] = list;
  if (one === undefined) throw new Error('Nothing came.');
  return one;
}

describe('an item', () => {
  it('is NEW when its values fit, DATA_ERROR with the reason when one does not', async () => {
    const queueId = await makeQueue();
    const [good, bad] = await work.adding.add(
      SYSTEM,
      queueId,
      [
        { invoice: 'A', amount: '12.5' },
        { invoice: 'B', amount: 'twelve' },
      ],
      facts,
    );
    expect(good).toMatchObject({ status: 'NEW', version: 0 });
    expect(bad).toMatchObject({ status: 'DATA_ERROR', error: `Column 'amount' holds "twelve"; expected a number.` });
  });

  it('refuses the request when a required column is missing, and adds nothing', async () => {
    const queueId = await makeQueue();
    await expect(work.adding.add(SYSTEM, queueId, [{ invoice: 'A' }, { amount: 1 }], facts)).rejects.toThrow(
      "Required column 'invoice' missing in json",
    );
    expect((await work.items.list(SYSTEM, queueId, everything)).page.total).toBe(0);
  });

  it('is finished under the version its claim gave out, once', async () => {
    const queueId = await makeQueue();
    await work.adding.add(SYSTEM, queueId, [{ invoice: 'A' }], facts);
    const item = only(await claim(queueId));
    const result = { ...done, id: item.id, version: item.version, status: 'COMPLETED' } as const;
    expect(await work.claims.finish(1, [{ ...result, version: result.version - 1 }])).toEqual([{ accepted: false }]);
    expect(await work.claims.finish(2, [result])).toEqual([{ accepted: false }]);
    expect(await work.claims.finish(1, [result])).toEqual([{ accepted: true, status: 'COMPLETED' }]);
    expect(await work.claims.finish(1, [result])).toEqual([{ accepted: false }]);
    expect(await get(queueId, item.id)).toMatchObject({
      status: 'COMPLETED',
      result: 'ok',
      version: 2,
      leased: false,
    });
  });

  it('goes to the end of the queue while a retry is left, then fails', async () => {
    const queueId = await makeQueue({ autoRetryLimit: 1 });
    await work.adding.add(SYSTEM, queueId, [{ invoice: 'A' }, { invoice: 'B' }], facts);
    const order: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const item = only(await claim(queueId));
      order.push(item.json.invoice);
      await work.claims.finish(1, [{ ...done, id: item.id, version: item.version, status: 'FAILED', error: 'no' }]);
    }
    expect(order).toEqual(['A', 'B', 'A', 'B']);
    const { page } = await work.items.list(SYSTEM, queueId, everything);
    expect(page.rows.map(({ status, retryCount }) => [status, retryCount])).toEqual([
      ['FAILED', 1],
      ['FAILED', 1],
    ]);
  });

  it('goes back in line when its runner is silent for longer than the lease, and the late result is refused', async () => {
    const queueId = await makeQueue();
    await work.adding.add(SYSTEM, queueId, [{ invoice: 'A' }], facts);
    const item = only(await claim(queueId, 1, 'device:1:b', 60));
    await work.claims.start(1, [{ id: item.id, version: item.version, startTime: '2026-01-01T00:00:00Z' }]);
    await test.database.advance({ seconds: 61 });
    expect((await work.sweeps.sweep()).recovered).toBeGreaterThanOrEqual(1);
    expect(await get(queueId, item.id)).toMatchObject({ status: 'NEW', leased: false });
    expect(await work.claims.finish(1, [{ ...done, id: item.id, version: item.version, status: 'COMPLETED' }])).toEqual(
      [{ accepted: false }],
    );
  });

  it('ends as its runner says when somebody has commented on it meanwhile, and is not run again', async () => {
    const queueId = await makeQueue();
    await work.adding.add(SYSTEM, queueId, [{ invoice: 'A' }], facts);
    const { id, version } = only(await claim(queueId));
    await work.changing.update(SYSTEM, queueId, id, { version, comment: 'Who has this one?' });
    await work.claims.start(1, [{ id, version, startTime: '2026-01-01T00:00:00Z' }]);
    await work.changing.update(SYSTEM, queueId, id, { version: version + 1, comment: 'I see.' });
    expect(await work.claims.finish(1, [{ ...done, id, version, status: 'COMPLETED' }])).toEqual([
      { accepted: true, status: 'COMPLETED' },
    ]);
    expect(await get(queueId, id)).toMatchObject({ status: 'COMPLETED', comment: 'I see.', version: version + 3 });
    expect(await work.claims.finish(1, [{ ...done, id, version, status: 'FAILED' }])).toEqual([{ accepted: false }]);
  });

  it('is given up when its bot was lost with its runner three times, not for having waited there, until somebody says so', async () => {
    const queueId = await makeQueue();
    const { id } = only(await work.adding.add(SYSTEM, queueId, [{ invoice: 'A' }], facts));
    /** It is taken, its bot begins or does not, and its runner falls silent. */
    const lose = async (begins: boolean): Promise<string> => {
      const { version } = only(await claim(queueId));
      if (begins) await work.claims.start(1, [{ id, version, startTime: '2026-01-01T00:00:00Z' }]);
      await test.database.advance({ seconds: 61 });
      await work.sweeps.sweep();
      return (await get(queueId, id)).status;
    };
    for (const begins of [false, false, false, true, false, true]) expect(await lose(begins)).toBe('NEW');
    expect(await lose(true)).toBe('UNKNOWN');
    const [again] = await work.changing.setStatus(SYSTEM, queueId, [id], { status: 'NEW' });
    expect(again?.status).toBe('NEW');
    expect([await lose(true), await lose(true), await lose(true)]).toEqual(['NEW', 'NEW', 'UNKNOWN']);
  });

  it('comes back from a timed hold, and expires when its time has passed', async () => {
    const queueId = await makeQueue({ expiry: { type: 'DURATION', duration: 2, durationUnit: 'HOURS' } });
    const item = only(await work.adding.add(SYSTEM, queueId, [{ invoice: 'A' }], facts));
    const now = (await get(queueId, item.id)).createdOn;
    await work.changing.update(SYSTEM, queueId, item.id, {
      version: 0,
      status: 'ON_HOLD',
      deferredUntil: now.add({ hours: 1 }),
    });
    expect(await claim(queueId)).toEqual([]);
    await test.database.advance({ hours: 1, seconds: 1 });
    await work.sweeps.sweep();
    expect((await get(queueId, item.id)).status).toBe('NEW');
    await test.database.advance({ hours: 1 });
    await work.sweeps.sweep();
    expect(await get(queueId, item.id)).toMatchObject({
      status: 'FAILED',
      error: 'It expired before a runner took it.',
    });
  });

  it('is taken in the order of up to three columns, what has no value last', async () => {
    const queueId = await makeQueue({
      processingOrder: [
        { attribute: 'amount', descending: true },
        { attribute: 'invoice', descending: false },
      ],
    });
    const rows = [
      ['b', 1],
      ['a', 1],
      ['c', -5],
      ['d', 100],
      ['e', undefined],
      ['f', 0.5],
    ] as const;
    await work.adding.add(
      SYSTEM,
      queueId,
      rows.map(([invoice, amount]) => ({ invoice, amount })),
      facts,
    );
    expect((await claim(queueId, 10)).map(({ json }) => json.invoice)).toEqual(['d', 'a', 'b', 'f', 'c', 'e']);
  });

  it('is not let in twice where the queue allows no duplicates', async () => {
    const queueId = await makeQueue({ disallowDuplicate: true });
    await work.adding.add(SYSTEM, queueId, [{ invoice: 'A', amount: 1 }], facts);
    await expect(work.adding.add(SYSTEM, queueId, [{ amount: '1.0', invoice: 'A' }], facts)).rejects.toMatchObject({
      code: 'DUPLICATE',
    });
    expect(await work.load(SYSTEM, queueId, csv('invoice,amount\nA,1\nB,2\nB,2\n'), facts)).toMatchObject({
      read: 3,
      loaded: 1,
      duplicate: 2,
    });
  });
});

describe('a file', () => {
  it('loads its good rows, keeps a bad one as DATA_ERROR and says which and why', async () => {
    const queueId = await makeQueue();
    const receipt = await work.load(
      SYSTEM,
      queueId,
      csv('\uFEFFInvoice,amount,extra\r\n"A, Inc.",1,x\r\nB,many,y\r\n,3,z\r\n'),
      facts,
    );
    expect(receipt).toMatchObject({
      read: 3,
      loaded: 3,
      wrong: 2,
      faults: [
        { row: 3, reason: `Column 'amount' holds "many"; expected a number.` },
        { row: 4, reason: "Required column 'invoice' is empty." },
      ],
    });
    const { page } = await work.items.list(SYSTEM, queueId, {
      ...everything,
      order: [{ field: 'id', descending: false }],
    });
    expect(page.rows.map(({ status, json }) => [status, json])).toEqual([
      ['NEW', { invoice: 'A, Inc.', amount: '1' }],
      ['DATA_ERROR', { invoice: 'B', amount: 'many' }],
      ['DATA_ERROR', { invoice: '', amount: '3' }],
    ]);
  });

  it('may be one of many at once', async () => {
    const queueIds: number[] = [];
    for (let i = 0; i < 12; i++) queueIds.push(await makeQueue());
    const receipts = await Promise.all(
      queueIds.map((queueId) => work.load(SYSTEM, queueId, csv('invoice\nA\nB\n'), facts)),
    );
    expect(receipts.map(({ loaded }) => loaded)).toEqual(queueIds.map(() => 2));
  });

  it('that breaks after many good rows loads nothing, and its connection goes on', async () => {
    const queueId = await makeQueue();
    const rows = Array.from({ length: 20_000 }, (_, n) => `A${n},${n}`).join('\n');
    await expect(work.load(SYSTEM, queueId, csv(`invoice,amount\n${rows}\n"broken`), facts)).rejects.toThrow(/not CSV/);
    expect((await work.items.list(SYSTEM, queueId, everything)).page.total).toBe(0);
    expect(await work.load(SYSTEM, queueId, csv(`invoice,amount\n${rows}\n`), facts)).toMatchObject({ loaded: 20_000 });
    expect(await claim(queueId)).toMatchObject([{ json: { invoice: 'A0', amount: '0' } }]);
  });

  it.each([
    ['a missing required column', 'amount\n1\n', /Required column 'invoice' missing/],
    ['an open quote', 'invoice\n"A\n', /not CSV/],
    ['nothing in it', '', /empty/],
    ['another encoding', Buffer.from('invoice\nM\xfcller\n', 'latin1'), /not UTF-8/],
  ])('with %s loads nothing', async (_what, content, message) => {
    const queueId = await makeQueue();
    const file = {
      name: 'x',
      stream: Readable.from([Buffer.from(content)], { objectMode: false }),
      truncated: () => false,
    };
    await expect(work.load(SYSTEM, queueId, file, facts)).rejects.toThrow(message);
    expect((await work.items.list(SYSTEM, queueId, everything)).page.total).toBe(0);
  });
});
