import { type ControlRoom, openControlRoom } from './control-room.ts';
import { CYCLE_COLUMNS, cycleRow, describeRounds, type Rates, type Round, ratesOf } from './cycle.ts';
import { openGraphileWorker } from './items-graphile-worker.ts';
import { openPgBoss } from './items-pg-boss.ts';
import { type Load, runSignalbox } from './items-signalbox.ts';
import type { Bench, Findings, Measurement } from './measurement.ts';
import { ratio, whole } from './statistics.ts';

interface Contender {
  readonly name: string;
  readonly load: Load;
  readonly round: (load: Load) => Promise<Round>;
}

/** Items from being added to being done: through our HTTP, and through two job queues for PostgreSQL in process. */
export const items: Measurement = {
  name: 'items',
  run: async (bench) => {
    const on = await openControlRoom(bench, { name: 'items_on', runners: 64 });
    const off = await openControlRoom(bench, { name: 'items_off', runners: 64, groupCommit: false });
    const plain = await openGraphileWorker(await bench.databases.create('items_graphile'), false);
    const batched = await openGraphileWorker(await bench.databases.create('items_graphile_batched'), true);
    const boss = await openPgBoss(await bench.databases.create('items_pg_boss'));
    const ours = (room: ControlRoom) => (load: Load) => runSignalbox(room, load);
    const size = (full: number): number => (bench.quick ? full / 2 : full);
    const one = (callers: number): Load => ({ items: size(callers === 64 ? 1_920 : 960), callers, batch: 1 });
    const hundred: Load = { items: size(20_000), callers: 16, batch: 100 };

    const contenders: Contender[] = [
      ...[16, 64].flatMap((callers): Contender[] => [
        { name: `one, ${callers}: Signalbox`, load: one(callers), round: ours(on) },
        { name: `one, ${callers}: Signalbox, group commit off`, load: one(callers), round: ours(off) },
        { name: `one, ${callers}: graphile-worker`, load: one(callers), round: plain.round },
        { name: `one, ${callers}: graphile-worker, batched`, load: one(callers), round: batched.round },
        { name: `one, ${callers}: pg-boss`, load: one(callers), round: boss.round },
      ]),
      { name: 'hundred, 16: Signalbox', load: hundred, round: ours(on) },
      { name: 'hundred, 16: graphile-worker, batched', load: hundred, round: batched.round },
      { name: 'hundred, 16: pg-boss', load: hundred, round: boss.round },
    ];
    const rates = await compare(bench, contenders);
    for (const each of [on, off, plain, batched, boss]) await each.close();
    return findings(contenders, rates);
  },
};

/** Round by round and not system by system: what disturbs the machine for a while disturbs all of them. */
async function compare(bench: Bench, contenders: readonly Contender[]): Promise<Map<string, Rates>> {
  const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  // The first round is for warming up.
  for (let turn = 0; turn <= (bench.quick ? 1 : 5); turn++) {
    for (const { name, load, round } of contenders) {
      const result = await round(load);
      if (turn > 0) rounds.get(name)?.push(result);
    }
    bench.tell(turn === 0 ? 'warmed up' : `round ${turn} done`);
  }
  return new Map(
    [...rounds].map(([name, list]) => {
      bench.tell(describeRounds(name, list));
      return [name, ratesOf(list)];
    }),
  );
}

function findings(contenders: readonly Contender[], rates: ReadonlyMap<string, Rates>): Findings {
  const of = (name: string): Rates => {
    const found = rates.get(name);
    if (!found) throw new Error(`${name} was not measured.`);
    return found;
  };
  const on = of('one, 64: Signalbox').cycle;
  const off = of('one, 64: Signalbox, group commit off').cycle;
  const ours = of('hundred, 16: Signalbox').cycle;
  const theirs = of('hundred, 16: graphile-worker, batched').cycle;
  return {
    title: 'Items through add, claim and complete',
    columns: CYCLE_COLUMNS,
    rows: contenders.map(({ name }) => cycleRow(name, of(name), of(`${name.split(':')[0]}: Signalbox`))),
    aims: [
      {
        text: 'a hundred a request: at least as fast as graphile-worker’s batched mode',
        reached: `${ratio(ours / theirs)} (${whole(ours)} against ${whole(theirs)} items/s)`,
        met: ours >= theirs,
      },
      {
        text: 'one a request, 64 callers: at least 3 times what it is with group commit off',
        reached: `${ratio(on / off)} (${whole(on)} against ${whole(off)} items/s)`,
        met: on >= 3 * off,
      },
    ],
  };
}
