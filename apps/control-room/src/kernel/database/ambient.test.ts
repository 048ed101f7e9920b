import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { testDatabase } from '../../../test-support/database.ts';

it('work that a transaction began and did not wait for is none of it any more once it is over', async () => {
  const { database } = await testDatabase();
  const committed = Promise.withResolvers<void>();
  const late = await database.transaction(async () => ({
    work: committed.promise.then(async () => {
      expect(database.ambient()).toBeUndefined();
      await database.transaction(async (tx) => {
        await tx.all(sql`insert into installation values ('late', '1')`);
      });
    }),
  }));
  // Somebody else has the connection by now.
  await database
    .transaction(async () => {
      committed.resolve();
      await late.work;
      throw new Error('taken back');
    })
    .catch(() => {});
  expect(await database.all(sql`select 1 from installation where key = 'late'`)).toHaveLength(1);
});
