import { type ControlRoom, openControlRoom } from './control-room.ts';
import { CYCLE_COLUMNS, cycleRow, describeRounds, type Round, ratesOf } from './cycle.ts';
import { type Load, runSignalbox } from './items-signalbox.ts';
import type { Measurement } from './measurement.ts';
import { secondsOf } from './timing.ts';

const FINISHED = 1_000_000;

/** What finished items in the same queue cost the living ones. */
export const history: Measurement = {
  name: 'history',
  run: async (bench) => {
    const finished = bench.quick ? FINISHED / 10 : FINISHED;
    const fresh = await openControlRoom(bench, { name: 'history_none', runners: 64 });
    const old = await openControlRoom(bench, { name: 'history_long', runners: 64 });
    const seconds = await secondsOf(() => makeHistory(old, finished));
    bench.tell(`${finished.toLocaleString('en-US')} finished items made in ${seconds.toFixed(0)} s`);

    const loads: { name: string; load: Load }[] = [
      { name: 'one, 64', load: { items: bench.quick ? 640 : 1_920, callers: 64, batch: 1 } },
      { name: 'hundred, 16', load: { items: bench.quick ? 8_000 : 20_000, callers: 16, batch: 100 } },
    ];
    const rounds = new Map<string, Round[]>();
    for (let turn = 0; turn <= (bench.quick ? 2 : 6); turn++) {
      for (const { name, load } of loads) {
        // Each goes first in turn: whoever follows finds the other's work in the log and the caches.
        const order = turn % 2 === 0 ? [fresh, old] : [old, fresh];
        for (const room of order) {
          const round = await runSignalbox(room, load);
          const key = `${name}: ${room === fresh ? 'nothing' : finished.toLocaleString('en-US')} behind`;
          if (turn > 0) rounds.set(key, [...(rounds.get(key) ?? []), round]);
        }
      }
      if (turn > 0) bench.tell(`round ${turn} done`);
    }
    await fresh.close();
    await old.close();

    const rates = [...rounds].map(([name, list]) => {
      bench.tell(describeRounds(name, list));
      return { name, rates: ratesOf(list) };
    });
    const pairs = loads.map(({ name }) => {
      const of = (behind: boolean) =>
        rates.find((one) => one.name.startsWith(name) && one.name.includes('nothing') !== behind)?.rates;
      const [without, with_] = [of(false), of(true)];
      if (!without || !with_) throw new Error(`${name} was not measured.`);
      return { name, without, cost: (without.cycle / with_.cycle - 1) * 100 };
    });
    return {
      title: `The same with ${finished.toLocaleString('en-US')} finished items in the queue`,
      columns: CYCLE_COLUMNS,
      rows: rates.map(({ name, rates: found }) => {
        const pair = pairs.find((one) => name.startsWith(one.name));
        return cycleRow(name, found, pair?.without ?? found);
      }),
      aims: pairs.map(({ name, cost }) => ({
        text: `${name}: the history costs less than 10 %`,
        reached: cost <= 0 ? 'nothing that could be measured' : `${cost.toFixed(1)} %`,
        met: cost < 10,
      })),
    };
  },
};

/** Items as the hot path leaves them behind, spread over the devices and a year. */
async function makeHistory(room: ControlRoom, count: number): Promise<void> {
  await room.query(
    `with made as (
       insert into work_item (id, position, queue_id, status, version, attempts, device_id, device_user_id, automation_id, result,
                              start_time, end_time, created_by, created_on, updated_by, updated_on)
       select id, id, $1, 'COMPLETED', 2, 1, 1 + n % 64, 1, 1, '', at, at + interval '3 s', 1, at - interval '1 h', 0, at + interval '3 s'
       from (select n, nextval('work_item_id') as id, now() - make_interval(secs => ($2 - n) * 30) as at
               from generate_series(1, $2::int) n) t
       returning id)
     insert into work_item_payload (work_item_id, json)
     select id, json_build_object('number', 'INV-' || id, 'amount', id % 10000, 'due', '2026-01-31', 'supplier', 'Supplier ' || id % 500)
     from made`,
    [room.queueId, count],
  );
  await room.query('vacuum analyze');
}
