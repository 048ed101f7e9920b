import { sql } from 'kysely';
import { type Database, storableJson, storableText, type Transaction } from '../../kernel/database/index.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import { type Fleet, holderOf, type RunnerIdentity } from '../fleet/index.ts';
import { DEVICE_RUNS, POOL_RUNS, STEP_RUNS } from './dispatch-topics.ts';
import { type RunOutcomeStatus, type RunTransitionName, runSourcesOf } from './life-cycle.ts';
import { CLAIM_RUNS } from './queries/claim-runs.ts';
import { noteBusy } from './queries/note-busy.ts';
import type { EndedRun, RunEnds } from './run-ends.ts';

/** How long a runner may be silent before its runs are taken for lost. */
export const RUN_LEASE_SECONDS = 60;
/** How long an answer with runs may be on its way to the device. */
const IN_TRANSIT_SECONDS = 60;

/** A run under the version that its claim gave out. */
export interface HeldRun {
  readonly id: string;
  readonly version: number;
}

export interface ClaimedRun extends HeldRun {
  readonly kind: 'UNATTENDED' | 'ATTENDED';
  readonly deploymentId: string;
  readonly automationName: string;
  readonly fileId: number;
  readonly filePath: string;
  readonly poolIds: readonly number[] | null;
  readonly botLabel: string;
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly runElevated: boolean;
  readonly hideAgentUi: boolean;
  readonly runAsUser: { readonly id: number; readonly username: string };
}

/** How a bot ended, told by the runner that had it. */
export interface RunResult extends HeldRun {
  readonly status: RunOutcomeStatus;
  readonly message: string;
  readonly line: number | null;
  readonly botPath: string | null;
  /** Typed values by the name of the output variable. */
  readonly outputs: Readonly<Record<string, unknown>> | null;
  readonly totalLines: number | null;
  readonly startTime: string | null;
  readonly endTime: string | null;
  /** It went wrong because of the device, whatever the bot. */
  readonly deviceFault: boolean;
}

const TRANSITION_TO: Readonly<Record<RunOutcomeStatus, RunTransitionName>> = {
  COMPLETED: 'complete',
  RUN_FAILED: 'fail',
  RUN_ABORTED: 'abort',
  RUN_TIMED_OUT: 'time out',
  DEPLOY_FAILED: 'refuse',
};

/**
 * The side of runners: taking runs, saying how they go, bringing their ends. Whatever a runner says counts only under the
 * version its claim gave out and from the device that has the run.
 */
export function createRunClaims(database: Database, ends: RunEnds, health: Fleet['health']) {
  return {
    /**
     * Takes as many waiting runs as the device has free slots.
     *
     * @param pooled whether those for any device of its pool are wanted too
     */
    claim(runner: RunnerIdentity, sessionId: string, pooled: boolean): Promise<ClaimedRun[]> {
      return database.transaction(async (tx) => {
        await tx.all(sql`select 1 from device where id = ${runner.deviceId} for update`);
        const holder = holderOf(runner.deviceId, sessionId);
        const runs = await tx.hot<ClaimedRun>(CLAIM_RUNS, [runner.deviceId, holder, pooled, RUN_LEASE_SECONDS]);
        if (runs.length === 0) return runs;
        await noteBusy(tx, runner.deviceId);
        // What waits for these pools is less now.
        for (const id of new Set(runs.flatMap(({ poolIds }) => poolIds ?? []))) await announce(tx, POOL_RUNS, id);
        await recordAudit(tx, {
          actor: { type: 'device', id: runner.deviceId, name: runner.hostName },
          action: 'run.claim',
          subject: { type: 'device', id: runner.deviceId, name: runner.hostName },
          details: { runs: runs.map(({ id, version }) => ({ id, version })) },
        });
        return runs;
      });
    },

    /** The bot of a run that the device has, or has just had; undefined for any other. */
    heldBy(
      deviceId: number,
      runId: string,
    ): Promise<{ fileId: number; botLabel: string; version: number } | undefined> {
      return database.first(
        sql<{
          fileId: number;
          botLabel: string;
          version: number;
        }>`select r.file_id as "fileId", d.bot_label as "botLabel", r.version
          from run r join deployment d on d.id = r.deployment_id where r.id = ${runId} and r.device_id = ${deviceId}`,
      );
    },

    /**
     * Says that bots are about to begin. Answers the ids of those that may: it is on disk by then that they did, and nobody
     * is given them again. Said twice it changes nothing.
     */
    async start(
      deviceId: number,
      runs: readonly (HeldRun & { readonly startTime: string; readonly totalLines: number })[],
    ): Promise<Set<string>> {
      if (runs.length === 0) return new Set();
      await database.all(sql`update run r set status = 'RUNNING', total_lines = i.lines, modified_on = present(),
          started_on = least(greatest(i.started, r.created_on), present())
        from unnest(${runs.map(({ id }) => id)}::uuid[], ${runs.map(({ version }) => version)}::int[],
          ${runs.map(({ startTime }) => startTime)}::timestamptz[], ${runs.map(({ totalLines }) => totalLines)}::int[]) as i (id, version, started, lines)
        where ${heldUnder(deviceId, 'start')}`);
      // Also those of which it was said before, and the answer was lost.
      return stillHeld(deviceId, runs);
    },

    /** Says that bots stand still, or go on. A wish that this grants is over. Said twice it changes nothing. */
    async setPaused(deviceId: number, runs: readonly (HeldRun & { readonly paused: boolean })[]): Promise<void> {
      for (const paused of [true, false]) {
        const those = runs.filter((run) => run.paused === paused);
        if (those.length === 0) continue;
        await database.all(sql`update run r set status = ${paused ? 'RUN_PAUSED' : 'RUNNING'}, modified_on = present(),
            command = nullif(r.command, ${paused ? 'PAUSE' : 'RESUME'})
          from unnest(${those.map(({ id }) => id)}::uuid[], ${those.map(({ version }) => version)}::int[]) as i (id, version)
          where ${heldUnder(deviceId, 'pause', 'resume')}`);
      }
    },

    /** Answers the ids that counted. What is known already, or is somebody else's by now, changes nothing. */
    async finish(deviceId: number, results: readonly RunResult[]): Promise<Set<string>> {
      if (results.length === 0) return new Set();
      return database.transaction(async (tx) => {
        const counted = new Set<string>();
        for (const result of results) if (await finishOne(tx, deviceId, result)) counted.add(result.id);
        return counted;
      });
    },

    /** What the runner has not begun goes back in line. */
    handBack(deviceId: number, runs: readonly HeldRun[]): Promise<number> {
      return runs.length === 0 ? Promise.resolve(0) : giveBack(deviceId, runs, 'run.handBack');
    },

    /** What the device was given and does not know of: the answer that told it was lost on the way. It was not begun. */
    async forgotten(deviceId: number, known: readonly HeldRun[]): Promise<number> {
      const lost = await database.all(
        sql<HeldRun>`select id, version from run where device_id = ${deviceId} and lease_id is not null and status = 'DEPLOYED'
          and deployed_on < present() - make_interval(secs => ${IN_TRANSIT_SECONDS}) and id <> all(${known.map(({ id }) => id)}::uuid[])`,
      );
      return lost.length === 0 ? 0 : giveBack(deviceId, lost, 'run.forget');
    },

    stillHeld,
  };

  /** Which of these the device still has under these versions. */
  async function stillHeld(deviceId: number, runs: readonly HeldRun[]): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    const rows = await database.all(
      sql<{ id: string }>`select r.id from run r
        join unnest(${runs.map(({ id }) => id)}::uuid[], ${runs.map(({ version }) => version)}::int[]) as i (id, version) on i.id = r.id
        where r.version = i.version and r.device_id = ${deviceId} and r.lease_id is not null`,
    );
    return new Set(rows.map(({ id }) => id));
  }

  async function finishOne(tx: Transaction, deviceId: number, result: RunResult): Promise<boolean> {
    const outputs = result.outputs === null ? null : storableJson(JSON.stringify(result.outputs));
    const message = storableText(result.message);
    const [ended] = await tx.all(
      sql<EndedRun>`update run r set status = ${result.status}, version = r.version + 1, lease_id = null, command = null,
          message = ${message}, error_line = ${result.line}, error_path = ${result.botPath === null ? null : storableText(result.botPath)},
          outputs = ${outputs}::jsonb,
          total_lines = coalesce(${result.totalLines}::int, r.total_lines), last_line = coalesce(${result.line}::int, ${result.totalLines}::int, r.total_lines),
          started_on = coalesce(r.started_on, least(greatest(${result.startTime}::timestamptz, r.created_on), present())),
          ended_on = greatest(least(coalesce(${result.endTime}::timestamptz, present()), present()), r.started_on, r.created_on),
          modified_by = 0, modified_on = present()
        from (select ${result.id}::uuid as id, ${result.version}::int as version) i
        where ${heldUnder(deviceId, TRANSITION_TO[result.status])}
        returning ${ends.columns}`,
    );
    if (!ended) return false;
    await ends.tell(tx, { type: 'device', id: deviceId, name: '' }, [ended]);
    if (result.deviceFault) await health.failed(tx, deviceId, message);
    else await health.worked(tx, deviceId);
    return true;
  }

  async function giveBack(deviceId: number, runs: readonly HeldRun[], action: string): Promise<number> {
    return database.transaction(async (tx) => {
      const rows = await tx.all(
        sql<{
          id: string;
          poolIds: number[] | null;
        }>`update run r set status = 'QUEUED', version = r.version + 1, lease_id = null,
            command = null, device_id = case when r.pool_ids is null then r.device_id end, deployed_on = null, modified_by = 0, modified_on = present()
          from unnest(${runs.map(({ id }) => id)}::uuid[], ${runs.map(({ version }) => version)}::int[]) as i (id, version)
          where ${heldUnder(deviceId, 'hand back')} returning r.id, r.pool_ids as "poolIds"`,
      );
      if (rows.length === 0) return 0;
      await recordAudit(tx, {
        actor: { type: 'device', id: deviceId, name: '' },
        action,
        subject: { type: 'device', id: deviceId },
        details: { runs: rows.map(({ id }) => id) },
      });
      await announceWaiting(
        tx,
        rows.map(({ poolIds }) => ({ deviceId, poolIds })),
      );
      return rows.length;
    });
  }
}

export type RunClaims = ReturnType<typeof createRunClaims>;

/** `i` is the given run, `r` the one on record: still the device's, under the given version, in a state that allows it. */
function heldUnder(deviceId: number, ...transitions: readonly RunTransitionName[]) {
  return sql`r.id = i.id and r.version = i.version and r.device_id = ${deviceId} and r.lease_id is not null
    and r.status in (${sql.raw(transitions.map(runSourcesOf).join(','))})`;
}

/** Runs wait again: whoever may take them looks. */
export async function announceWaiting(
  tx: Transaction,
  runs: readonly { readonly deviceId: number | null; readonly poolIds: readonly number[] | null }[],
): Promise<void> {
  const pools = new Set(runs.flatMap(({ poolIds }) => poolIds ?? []));
  const devices = new Set(runs.flatMap(({ deviceId, poolIds }) => (poolIds === null ? (deviceId ?? []) : [])));
  // For no pool: a run of a robot.
  if (runs.some(({ poolIds }) => poolIds?.length === 0)) await announce(tx, STEP_RUNS, '*');
  for (const id of pools) await announce(tx, POOL_RUNS, id);
  for (const id of devices) await announce(tx, DEVICE_RUNS, id);
}
