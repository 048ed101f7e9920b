import { sql } from 'kysely';
import { describe, expect, it, vi } from 'vitest';
import { testDatabase } from '../../../test-support/database.ts';
import { COUNTED_LIVE, createCounts } from './counts.ts';

/** A table of so many rows, counted with a clock in hand. */
async function counted(rows: number) {
  const { database } = await testDatabase();
  const time = { now: 0 };
  const counts = createCounts(() => time.now);
  await database.all(sql`create table thing as select i as id from generate_series(1, ${rows}) i`);
  return {
    time,
    many: () => counts.of(database, sql`thing where id > ${0}`),
    odd: () => counts.of(database, sql`thing where id % 2 = ${1}`),
    add: () => database.all(sql`insert into thing values (${rows + 1})`),
  };
}

describe('the count of a list', () => {
  it('is exact at every call while there are not many', async () => {
    const { many, odd, add } = await counted(COUNTED_LIVE - 1);
    expect([await many(), await odd()]).toEqual([COUNTED_LIVE - 1, COUNTED_LIVE / 2]);
    await add();
    expect(await many()).toBe(COUNTED_LIVE);
  });

  it('of many is answered from memory, counted again behind it, and right the next time', async () => {
    const { many, add, time } = await counted(COUNTED_LIVE + 5);
    expect(await many()).toBe(COUNTED_LIVE + 5);
    await add();
    time.now = 5_000;
    expect(await many()).toBe(COUNTED_LIVE + 5);
    await vi.waitFor(async () => expect(await many()).toBe(COUNTED_LIVE + 6));
  });

  it('of many is not answered when it is old', async () => {
    const { many, add, time } = await counted(COUNTED_LIVE + 5);
    await many();
    await add();
    time.now = 11_000;
    expect(await many()).toBe(COUNTED_LIVE + 6);
  });

  it('keeps apart what is filtered by other values', async () => {
    const { many, odd } = await counted(2 * COUNTED_LIVE + 4);
    expect(await many()).toBe(2 * COUNTED_LIVE + 4);
    expect(await odd()).toBe(COUNTED_LIVE + 2);
  });
});
