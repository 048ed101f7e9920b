import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { testDatabase } from '../../../test-support/database.ts';
import { migrate } from './index.ts';

/** What the migrations come to, so that every change of the schema is read in its review. `vitest -u` writes it anew. */
it('is what the snapshot shows', async () => {
  const { database } = await testDatabase();
  const columns = await database.all(sql<{ t: string; c: string; d: string }>`
    select c.relname as t, a.attname as c,
      format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
        || coalesce(case when a.attidentity <> '' then ' identity' end, ' default ' || pg_get_expr(d.adbin, d.adrelid), '') as d
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'signalbox'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum`);
  const constraints = await database.all(sql<{ t: string; d: string }>`
    select conrelid::regclass::text as t, pg_get_constraintdef(oid) as d from pg_constraint
    where connamespace = 'signalbox'::regnamespace and contype <> 'n' and conrelid <> 0 order by 1, 2`);
  const indexes = await database.all(sql<{ d: string }>`
    select indexdef as d from pg_indexes where schemaname = 'signalbox' order by tablename, indexname`);
  const tables = Map.groupBy(columns, ({ t }) => t);
  const text = [
    ...[...tables].map(([name, of]) =>
      [
        name,
        ...of.map(({ c, d }) => `  ${c} ${d}`),
        ...constraints.filter(({ t }) => t.replace('signalbox.', '') === name).map(({ d }) => `  ${d}`),
      ].join('\n'),
    ),
    indexes.map(({ d }) => d).join('\n'),
  ].join('\n\n');
  await expect(`${text}\n`).toMatchFileSnapshot('schema.snapshot.txt');
});

it('is made once, whichever of several replicas comes first', async () => {
  const { database } = await testDatabase();
  await database.all(sql`drop schema signalbox cascade`);
  const applied = await Promise.all([migrate(database), migrate(database), migrate(database)]);
  expect(applied.flat().sort()).toEqual([...new Set(applied.flat())].sort());
  expect(applied.flat().length).toBeGreaterThan(0);
});

it('refuses a migration that was changed after it had been applied', async () => {
  const { database } = await testDatabase();
  await database.all(sql`update signalbox.migration set hash = 'another' where name = '0001_ground.sql'`);
  await expect(migrate(database)).rejects.toThrow(/0001_ground\.sql was applied with other contents/);
});
