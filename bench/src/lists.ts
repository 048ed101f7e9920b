import { type ControlRoom, openControlRoom } from './control-room.ts';
import { makeAuditLog, makeItems, makeRuns } from './lists/make-rows.ts';
import { questions } from './lists/questions.ts';
import type { Measurement, Row } from './measurement.ts';
import { percentile } from './statistics.ts';
import { secondsOf } from './timing.ts';

const AIM_MS = 50;

/** How long the pages of long lists take: filtered, sorted, and far from the beginning. */
export const lists: Measurement = {
  name: 'lists',
  run: async (bench) => {
    const scale = bench.quick ? 0.02 : 1;
    const counts = { items: 1_000_000 * scale, runs: 1_000_000 * scale, messages: 10_000_000 * scale };
    const room = await openControlRoom(bench, { name: 'lists', runners: 1 });
    for (const [what, make] of [
      ['work items', () => makeItems(room, counts.items)],
      ['runs', () => makeRuns(room, counts.runs)],
      ['rows of the audit log', () => makeAuditLog(room, counts.messages)],
      ['statistics', () => room.query('vacuum analyze')],
    ] as const) {
      bench.tell(`${what} made in ${(await secondsOf(make)).toFixed(0)} s`);
    }
    const rows: Row[] = [];
    let slowest = { name: '', p95: 0 };
    for (const { name, path, bodies, indexed } of questions(room.queueId)) {
      const times = await ask(room, path, bodies, bench.quick ? 20 : 100);
      const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)];
      bench.tell(`${name}: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`);
      rows.push({ name, cells: [indexed ? 'yes' : 'no', p50.toFixed(1), p95.toFixed(1)] });
      if (indexed && p95 > slowest.p95) slowest = { name, p95 };
    }
    await room.close();
    const many = (count: number): string => count.toLocaleString('en-US');
    return {
      title: `Pages of lists over ${many(counts.items)} work items, ${many(counts.runs)} runs and ${many(counts.messages)} rows of the audit log`,
      columns: ['by an index', 'p50 ms', 'p95 ms'],
      rows,
      aims: [
        {
          text: `p95 under ${AIM_MS} ms for all that an index finds`,
          reached: `${slowest.p95.toFixed(1)} ms at most (${slowest.name})`,
          met: slowest.p95 < AIM_MS,
        },
      ],
    };
  },
};

/** Milliseconds of each call; the bodies come in turn, and the first round is not counted. */
async function ask(room: ControlRoom, path: string, bodies: readonly object[], calls: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = -bodies.length; i < calls; i++) {
    const body = bodies[(i + bodies.length) % bodies.length];
    const seconds = await secondsOf(() => room.api('POST', path, body));
    if (i >= 0) times.push(seconds * 1_000);
  }
  return times;
}
