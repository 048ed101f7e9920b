import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { forgetLeftBlobs } from '../../../apps/control-room/src/kernel/blobs.ts';
import { type ProcessEstate, startProcessEstate } from '../support/processes-by-hand.ts';

let estate: ProcessEstate;
beforeAll(async () => {
  estate = await startProcessEstate({ SIGNALBOX_RUN_RETENTION_DAYS: '1' });
});
afterAll(() => estate.server.stop());

/** How many rows there are of each. */
async function rows(): Promise<Record<string, number>> {
  const found = await estate.server.database.database.first(
    sql<
      Record<string, number>
    >`select (select count(*)::int from process_run) as runs, (select count(*)::int from step_run) as "stepRuns",
      (select count(*)::int from work_item) as items, (select count(*)::int from work_item_payload) as payloads,
      (select count(*)::int from work_item_file) as files, (select count(*)::int from run_log) as lines,
      (select count(*)::int from blob where content = 'secret content'::bytea) as contents`,
  );
  return found ?? {};
}

it('forgets completed runs after their time with all that belongs to them, and keeps unresolved ones', async () => {
  const { server, newProcess, start, nextRobot, inState } = estate;
  const process = await newProcess();
  for (const state of ['COMPLETED', 'FAILED']) {
    const runId = await start(process);
    const robot = await nextRobot();
    const item = robot.environment.RC_WORKITEM_ID ?? '';
    const files = `/json-v1/workspaces/${estate.workspace.id}/workitems/${item}/files`;
    const { url } = (await robot.call('POST', files, { body: { fileName: 'a.txt', fileSize: 14 } })).body;
    const form = new FormData();
    form.set('file', new Blob([state === 'COMPLETED' ? 'secret content' : 'kept']), 'a.txt');
    await server.call('POST', new URL(url).pathname, { body: form });
    await estate.runner.report({
      logs: [{ id: robot.id, number: 1, occurredOn: new Date().toISOString(), level: 'info', text: 'hello' }],
    });
    await robot.release(item, state, state === 'FAILED' ? { type: 'BUSINESS' } : undefined);
    await robot.end();
    await inState(runId, state === 'COMPLETED' ? 'completed' : 'unresolved');
  }
  expect(await rows()).toEqual({ runs: 2, stepRuns: 2, items: 2, payloads: 2, files: 2, lines: 2, contents: 1 });
  await server.advance({ hours: 48 });
  await server.room.domain.processes.sweep();
  expect(await rows()).toEqual({ runs: 1, stepRuns: 1, items: 1, payloads: 1, files: 1, lines: 1, contents: 1 });
  await server.advance({ hours: 2 });
  await forgetLeftBlobs(server.room.kernel.database);
  expect((await rows()).contents).toBe(0);
});
