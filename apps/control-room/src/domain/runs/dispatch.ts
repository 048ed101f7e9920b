import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import type { WakeUps } from '../../kernel/wake-ups.ts';
import type { Fleet, RunnerIdentity } from '../fleet/index.ts';
import { POOL_RUNS } from './dispatch-topics.ts';
import type { Assignment, ItemDispatch } from './item-dispatch.ts';
import { createLongPolls } from './long-polls.ts';
import type { RunCommand, RunDispatch, RunOrder } from './run-dispatch.ts';
import { type Candidate, rememberServed, type Served } from './served.ts';
import { orderOfParties, type Party, secondsToNextTurn } from './turns.ts';

export interface WorkRequest {
  readonly sessionId: string;
  /** How many items at most. */
  readonly items: number;
  /** Whether deployed bots, and people's wishes about them, are wanted. */
  readonly runs: boolean;
  /** Runs of robots, which the runner may not know of. */
  readonly robots: boolean;
  /** Under which address the runner knows this server. */
  readonly origin: string;
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
}

/** What a poll brings: items under lease by the bot that works them off, deployed bots, and what is to be done with some. */
export interface TakenWork {
  readonly assignments: readonly Assignment[];
  readonly runs: readonly RunOrder[];
  readonly commands: readonly RunCommand[];
  /** What others give out, to those that ask for it. */
  readonly robots: readonly object[];
}

/** Gives out runs that this part of the house knows nothing of, to a device with free slots. */
export type AlsoGive = (wanting: {
  readonly runner: RunnerIdentity;
  readonly sessionId: string;
  readonly origin: string;
}) => Promise<readonly object[]>;

/** What may be given to a device at a moment. */
interface Turn {
  /** False while it is being emptied or is set apart. */
  readonly open: boolean;
  readonly parties: readonly Party<Candidate>[];
  /** So long this stays so, unless somebody changes something. */
  readonly milliseconds: number;
}

const NOTHING: TakenWork = { assignments: [], runs: [], commands: [], robots: [] };

/** Gives what waits to the runners, and lets a runner without work wait until there is some. */
export function createDispatch(
  database: Database,
  wakeUps: WakeUps,
  fleet: Fleet,
  items: ItemDispatch,
  runs: RunDispatch,
) {
  const served = rememberServed(database, wakeUps);
  // Asked for at every poll of a pool's devices, and seldom other than none: whoever makes or takes such a run announces it.
  const urgency: Remembered<number | undefined> = remember(wakeUps, POOL_RUNS, (id) => runs.urgencyIn(Number(id)), {
    clearedBy: ['identity-changed'],
  });
  const polls = createLongPolls(wakeUps);
  const others: AlsoGive[] = [];

  return {
    /** Ends all waits: the server is about to stop. */
    release: polls.release,

    /** Said once at the start, by a part that stands above this one. */
    alsoGive(give: AlsoGive): void {
      others.push(give);
    },

    /** Answers as soon as there is work, or with nothing when the wait is over. @throws conflict when the session is over */
    async work(runner: RunnerIdentity, request: WorkRequest): Promise<TakenWork> {
      const { signal } = request;
      const until = performance.now() + request.waitSeconds * 1000;
      for (;;) {
        await requireSession(runner, request.sessionId);
        const device = await served.get(String(runner.deviceId));
        const wanted = {
          deviceId: runner.deviceId,
          poolId: device.poolId,
          wantsItems: request.items > 0,
          wantsRuns: request.runs,
        };
        const left = Math.max(0, until - performance.now());
        const turn = await turnOf(device);
        // Listen first, look then: what comes in between is not missed.
        const wait = polls.listen(wanted, Math.min(left, turn.milliseconds), signal);
        try {
          const found = await look(runner, request, turn);
          if (found !== NOTHING || left === 0 || signal.aborted) return found;
          await wait.over;
          if (signal.aborted || polls.released()) return NOTHING;
        } finally {
          wait.stop();
        }
      }
    },
  };

  async function requireSession(runner: RunnerIdentity, sessionId: string): Promise<void> {
    if (await fleet.runners.isLive(runner, sessionId)) return;
    throw error(
      'conflict',
      'This session is over: another one of the device took its place, or it was silent for too long.',
      { details: 'open a new session' },
    );
  }

  /** Who may have the device at this moment, and for how long that stays so. */
  async function turnOf(device: Served): Promise<Turn> {
    const { poolId, scheme, candidates, quarantinedUntil } = device;
    const runPriority = poolId === undefined ? undefined : await urgency.get(String(poolId));
    const inTurns = scheme.kind === 'ROUND_ROBIN' && candidates.length + (runPriority === undefined ? 0 : 1) > 1;
    const now = inTurns || quarantinedUntil !== null ? await secondsNow() : 0;
    const apart = quarantinedUntil === null ? 0 : Math.max(0, quarantinedUntil - now);
    const slice = inTurns ? secondsToNextTurn(scheme, now) : Number.POSITIVE_INFINITY;
    return {
      open: !device.draining && apart === 0,
      parties: orderOfParties(scheme, candidates, now, runPriority),
      milliseconds: Math.min(slice, apart === 0 ? Number.POSITIVE_INFINITY : apart) * 1000,
    };
  }

  async function secondsNow(): Promise<number> {
    const row = await database.first(sql<{ now: number }>`select extract(epoch from present())::float8 as now`);
    return row?.now ?? 0;
  }

  async function look(runner: RunnerIdentity, request: WorkRequest, { open, parties }: Turn): Promise<TakenWork> {
    const [commands, orders] = await Promise.all([
      request.runs ? runs.commands(runner.deviceId) : [],
      request.runs && open ? takeRuns(runner, request, parties) : [],
    ]);
    const assignments = request.items > 0 && open ? await takeItems(runner, request, parties) : [];
    const robots = request.robots && open ? await takeFromOthers(runner, request) : [];
    if (commands.length + orders.length + assignments.length + robots.length === 0) return NOTHING;
    return { assignments, runs: orders, commands, robots };
  }

  async function takeFromOthers(runner: RunnerIdentity, { sessionId, origin }: WorkRequest): Promise<object[]> {
    const given: object[] = [];
    for (const give of others) given.push(...(await give({ runner, sessionId, origin })));
    return given;
  }

  /** What must run on this device runs whoever's turn it is. */
  async function takeRuns(
    runner: RunnerIdentity,
    { sessionId }: WorkRequest,
    parties: readonly Party<Candidate>[],
  ): Promise<RunOrder[]> {
    const place = parties.findIndex(({ kind }) => kind === 'runs');
    const before = parties.slice(0, Math.max(0, place)).flatMap((one) => (one.kind === 'runs' ? [] : one.automation));
    const pooled = place >= 0 && !(await items.anyWaits(before));
    return runs.take(runner, sessionId, pooled);
  }

  async function takeItems(
    runner: RunnerIdentity,
    { sessionId, items: most }: WorkRequest,
    parties: readonly Party<Candidate>[],
  ): Promise<Assignment[]> {
    const taken: Assignment[] = [];
    let left = most;
    for (const party of parties) {
      // Runs wait and are before the rest: the device is left to them.
      if (left <= 0 || party.kind === 'runs') break;
      const assignment = await items.take(runner, sessionId, party.automation, left);
      if (!assignment) continue;
      left -= assignment.items.length;
      taken.push(assignment);
    }
    return taken;
  }
}
