import { expect, it } from 'vitest';
import { testDatabase } from '../../test-support/database.ts';
import { expireLeases, extendLeases, releaseLeases, takeLease } from './leases.ts';

const ALWAYS = Temporal.Instant.fromEpochMilliseconds(0);

it('keeps its id while its holder is heard of, and never gives that id again', async () => {
  const { database, advance } = await testDatabase();
  const lease = await takeLease(database, 'queue:1', 'a', 30);
  await advance({ seconds: 20 });
  expect(await extendLeases(database, 'a')).toEqual([lease]);
  await advance({ seconds: 20 });
  expect(await expireLeases(database, ALWAYS)).toEqual([]);
  await advance({ seconds: 11 });
  expect(await expireLeases(database, ALWAYS)).toEqual([lease]);
  expect(await extendLeases(database, 'a')).toEqual([]);
  expect((await takeLease(database, 'queue:1', 'a', 30)).id).not.toBe(lease.id);
});

it('lives on when it ran out and nobody has taken it away', async () => {
  const { database, advance } = await testDatabase();
  const lease = await takeLease(database, 'queue:1', 'a', 30);
  await advance({ seconds: 60 });
  expect(await expireLeases(database, Temporal.Now.instant().add({ hours: 1 }))).toEqual([]);
  expect(await extendLeases(database, 'a')).toEqual([lease]);
  expect(await expireLeases(database, ALWAYS)).toEqual([]);
});

it('is one a holder and subject, whoever else has the subject too', async () => {
  const { database } = await testDatabase();
  const [a, b] = [await takeLease(database, 'queue:1', 'a', 30), await takeLease(database, 'queue:1', 'b', 30)];
  expect((await takeLease(database, 'queue:1', 'a', 60)).id).toBe(a.id);
  expect(await releaseLeases(database, 'a')).toEqual([a]);
  expect(await extendLeases(database, 'b')).toEqual([b]);
});
