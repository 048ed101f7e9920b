import { expect, it } from 'vitest';
import { testDatabase } from '../../../../test-support/database.ts';
import type { HotStatement } from '../../../kernel/database/index.ts';
import { OPEN_ITEM } from './open-item.ts';
import { RELEASE_ITEMS } from './release-items.ts';
import { RESERVE_ITEMS } from './reserve-items.ts';

const ID = '01980000-0000-7000-8000-000000000001';

/** Of each an item, a step run, a process run or what waits in one has few rows. */
const BY_KEY =
  /^(work_item_(pkey|step_run|parent|run|run_waiting)|work_item_payload_pkey|queue_pkey|run_pkey|process_run_pkey)$/;

// The tables are empty, as when a server plans them for the first time; it works on with that plan when they are not.
it.each<[string, HotStatement, unknown[]]>([
  ['open', OPEN_ITEM, [1, ID, ID]],
  ['release', RELEASE_ITEMS, [[1], [ID], ['COMPLETED'], [null], [null], [null]]],
  ['reserve', RESERVE_ITEMS, [[ID], [ID], [1]]],
])('the plan that is kept to %s items looks them up by keys alone', async (_, statement, values) => {
  const { database } = await testDatabase();
  const lines = await database.hot<{ 'QUERY PLAN': string }>(
    { name: 'explained', text: `explain ${statement.text}`, plan: 'kept' },
    values,
  );
  const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
  expect(plan).toContain('Index');
  expect(plan).not.toMatch(/Seq Scan|Bitmap|Hash Join|Merge Join/);
  const indexes = [...plan.matchAll(/Scan using (\w+)/g)].map(([, name = '']) => name);
  expect(indexes.filter((name) => !BY_KEY.test(name))).toEqual([]);
});
