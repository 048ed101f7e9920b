import { loadavg } from 'node:os';
import { openControlRoom } from './control-room.ts';
import type { Bench, Findings, Measurement } from './measurement.ts';
import { workOffByBots } from './processes/bots.ts';
import { type Killer, killInTurn } from './processes/killing.ts';
import { workOffByRobots } from './processes/robots.ts';
import { CALLERS, type Shift, STEPS, type Worked } from './processes/shift.ts';
import { type RunnerProcess, startRunner } from './runner-process.ts';
import { ratio, whole } from './statistics.ts';

const ITEMS = 20_000;
const RUNNERS = 4;
const CAPACITY = 2;
const KILL_EVERY_SECONDS = 5;

interface Contender {
  readonly name: string;
  readonly database: string;
  readonly work: (shift: Shift) => Promise<Worked>;
  readonly killing: boolean;
}

const CONTENDERS: readonly Contender[] = [
  { name: 'bots, Automation Anywhere’s wire', database: 'bots', work: workOffByBots, killing: false },
  { name: 'bots, runners killed', database: 'bots_killed', work: workOffByBots, killing: true },
  { name: 'robots, Robocorp’s wire', database: 'robots', work: workOffByRobots, killing: false },
  { name: 'robots, runners killed', database: 'robots_killed', work: workOffByRobots, killing: true },
];

interface Result extends Worked {
  readonly contender: Contender;
  readonly kills: number;
  /** Of the audit log. */
  readonly ends: number;
  readonly endedItems: number;
}

/** Items through three steps on both wires, on four runners that are left alone and on four that are killed in turn. */
export const processes: Measurement = {
  name: 'processes',
  run: async (bench) => {
    const items = bench.quick ? ITEMS / 20 : ITEMS;
    const [load = 0] = loadavg();
    const results: Result[] = [];
    for (const contender of CONTENDERS) results.push(await measure(bench, contender, items));
    return findings(results, items, load);
  },
};

async function measure(bench: Bench, contender: Contender, items: number): Promise<Result> {
  const { name, database, work, killing } = contender;
  // The one device of the measurement's own asks for no work.
  const room = await openControlRoom(bench, { name: `processes_${database}`, runners: 1, connections: CALLERS });
  const runners: RunnerProcess[] = [];
  // One after the other: each is known by not having been there before.
  for (let number = 0; number < RUNNERS; number++)
    runners.push(await startRunner(bench, room, { name: `${database}-runner-${number}`, capacity: CAPACITY }));
  let killer: Killer | undefined;
  const worked = await work({
    room,
    deviceIds: runners.map(({ deviceId }) => deviceId),
    slots: RUNNERS * CAPACITY,
    items,
    begins: () => {
      if (killing) killer = killInTurn(room, runners, KILL_EVERY_SECONDS);
    },
  });
  const kills = (await killer?.stop()) ?? 0;
  const [record] = await room.query<{ ends: number; items: number }>(
    `select count(*)::int as ends, count(distinct item)::int as items
       from audit_entry a, jsonb_each(a.details) as ended (status, list), jsonb_array_elements(ended.list) as item
      where a.action = 'workItem.finish' and ended.status in ('COMPLETED', 'FAILED', 'UNKNOWN')`,
  );
  await Promise.all(runners.map((runner) => runner.stop()));
  await room.close();
  const { ends = 0, items: endedItems = 0 } = record ?? {};
  bench.tell(
    `${name}: ${whole((items * STEPS.length) / worked.seconds)} ends/s, ${kills} kills, ${ends} ends of ${endedItems} items`,
  );
  return { ...worked, contender, kills, ends, endedItems };
}

/** @param load of the machine in the minute before, by other work */
function findings(results: readonly Result[], items: number, load: number): Findings {
  const all = items * STEPS.length;
  const pace = ({ seconds }: Result): number => all / seconds;
  const [undisturbed, killed] = results.filter(({ contender }) => contender.work === workOffByRobots);
  if (!undisturbed || !killed) throw new Error('The robots were not measured.');
  const once = ({ ends, endedItems }: Result): boolean => ends === all && endedItems === all;
  return {
    title: `${whole(items)} items through three steps, on ${RUNNERS} runners with ${CAPACITY} slots each`,
    columns: ['item ends/s', 'seconds', 'runners killed', 'item ends', 'of items', 'complete at the end', 'ratio'],
    rows: results.map((result) => ({
      name: result.contender.name,
      cells: [
        whole(pace(result)),
        result.seconds.toFixed(1),
        String(result.kills),
        whole(result.ends),
        whole(result.endedItems),
        whole(result.complete),
        ratio(pace(result) / pace(undisturbed)),
      ],
    })),
    aims: [
      {
        text: `each item ends once, a runner killed every ${KILL_EVERY_SECONDS} s or not, on both wires`,
        reached: results.map(({ ends, endedItems }) => `${whole(ends)} ends of ${whole(endedItems)} items`).join(', '),
        met: results.every(once),
      },
      {
        text: `the results are complete: ${whole(items)} different ones that went through all steps`,
        reached: results.map(({ complete }) => whole(complete)).join(', '),
        met: results.every(({ complete }) => complete === items),
      },
      {
        text: 'robots whose runners are killed keep at least half their pace',
        reached: `${ratio(pace(killed) / pace(undisturbed))} (${whole(pace(killed))} against ${whole(pace(undisturbed))} item ends/s)`,
        met: pace(killed) >= pace(undisturbed) / 2,
      },
    ],
    notes: [
      'A robot works as the vendor’s clients do: one item at a time over plain HTTP, four calls for each (read, put out, release, reserve), each answered before the next. A bot’s runner takes a hundred items with a call and reports them together.',
      `Other work on the machine: a load of ${load.toFixed(1)} in the minute before this began.`,
    ],
  };
}
