import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { testDatabase } from '../../test-support/database.ts';
import { openDatabase } from './database/index.ts';
import { remember } from './remembered.ts';
import { announce, listenForWakeUps } from './wake-ups.ts';

/** Two replicas over one database: one writes, the other listens. */
async function setUp() {
  const { database, url } = await testDatabase();
  const replica = openDatabase({ connectionString: url });
  const wakeUps = await listenForWakeUps(replica, () => {});
  onTestFinished(async () => {
    await wakeUps.close();
    await replica.close();
  });
  return { database, replica, wakeUps };
}

it('arrive after the commit that they tell of, and not when it is rolled back', async () => {
  const { database, wakeUps } = await setUp();
  const heard: string[] = [];
  const second = Promise.withResolvers<void>();
  wakeUps.on('queue', (id) => {
    heard.push(id);
    if (id === '2') second.resolve();
  });
  await database
    .transaction(async (tx) => {
      await announce(tx, 'queue', 1);
      throw new Error('no');
    })
    .catch(() => {});
  await database.transaction((tx) => announce(tx, 'queue', 2));
  await second.promise;
  expect(heard).toEqual(['2']);
});

it('are heard outside of the transaction and of the request that they come from', async () => {
  const { database } = await testDatabase();
  const own = await listenForWakeUps(database, () => {});
  onTestFinished(() => own.close());
  const heard = Promise.withResolvers<unknown>();
  own.on('queue', () => heard.resolve(database.transaction(async ({ origin }) => origin)));
  await database.during({ requestId: 'r', address: 'a' }, () => database.transaction((tx) => announce(tx, 'queue', 1)));
  expect(await heard.promise).toBeUndefined();
});

it('come back by themselves when their connection was cut, and say that some may have been missed', async () => {
  const { database, wakeUps } = await setUp();
  const gaps: boolean[] = [];
  const again = Promise.withResolvers<void>();
  wakeUps.onGap(() => {
    gaps.push(wakeUps.listening());
    if (wakeUps.listening()) again.resolve();
  });
  await database.all(sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and query like 'listen%'`);
  await again.promise;
  expect(gaps).toEqual([false, true]);
});

it('make a remembered value be read again when they name it, and only that', async () => {
  const { database, wakeUps } = await setUp();
  let reads = 0;
  const values = remember(wakeUps, 'thing', async (id) => `${id}${++reads}`);
  expect([await values.get('a'), await values.get('a'), await values.get('b')]).toEqual(['a1', 'a1', 'b2']);
  const told = Promise.withResolvers<void>();
  wakeUps.on('thing', () => told.resolve());
  await database.transaction((tx) => announce(tx, 'thing', 'a'));
  await told.promise;
  expect([await values.get('a'), await values.get('b')]).toEqual(['a3', 'b2']);
});

it('reach their own process before the write that told of them returns', async () => {
  const { replica, wakeUps } = await setUp();
  const heard: string[] = [];
  wakeUps.on('queue', (id) => heard.push(id));
  await replica.transaction((tx) => announce(tx, 'queue', 7));
  expect(heard[0]).toBe('7');
});
