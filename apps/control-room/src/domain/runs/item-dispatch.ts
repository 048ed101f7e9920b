import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { holderOf, type RunnerIdentity } from '../fleet/index.ts';
import type { Repository } from '../repository/index.ts';
import type { ClaimedItem, Work } from '../work/index.ts';
import type { Candidate } from './served.ts';

/** Work for a runner: items of one queue, with the bot that works them off. */
export interface Assignment {
  readonly automationId: number;
  readonly queueId: number;
  readonly queueName: string;
  /** The model's columns: an item that leaves one out shows it empty to the bot. */
  readonly columns: readonly string[];
  /** Hash over the bot and its sub-bots; the runner fetches the bundle when it does not have it. */
  readonly bot: { readonly fileId: number; readonly path: string; readonly bundle: string };
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly runAsUser: { readonly id: number; readonly username: string };
  readonly items: readonly ClaimedItem[];
}

/** Gives waiting items of one automation to a runner. */
export function createItemDispatch(database: Database, work: Work, repository: Repository) {
  return {
    /** Undefined when there is nothing to give: the queue is empty, asleep, or its bot is gone. */
    async take(
      runner: RunnerIdentity,
      sessionId: string,
      candidate: Candidate,
      limit: number,
    ): Promise<Assignment | undefined> {
      if (candidate.threshold > 1 && (await isAsleep(candidate))) return undefined;
      const bundle = await repository.bundles.get(candidate.fileId);
      if (!bundle) return undefined;
      const items = await work.claims.claim({
        queueId: candidate.queueId,
        limit,
        leaseSeconds: candidate.leaseSeconds,
        holder: holderOf(runner.deviceId, sessionId),
        deviceId: runner.deviceId,
        deviceUserId: candidate.runAsUser.id,
        automationId: candidate.automationId,
      });
      if (items.length === 0) {
        if (candidate.threshold > 1) await setRanDry(candidate.automationId, true);
        return undefined;
      }
      return {
        automationId: candidate.automationId,
        queueId: candidate.queueId,
        queueName: candidate.queueName,
        columns: candidate.columns,
        bot: { fileId: candidate.fileId, path: bundle.path, bundle: bundle.hash },
        botInput: candidate.botInput,
        runAsUser: candidate.runAsUser,
        items,
      };
    },

    /** Whether any of them has an item that would be given out. */
    async anyWaits(candidates: readonly Candidate[]): Promise<boolean> {
      for (const candidate of candidates) {
        const waiting = await database.first(
          sql`select 1 from work_item where queue_id = ${candidate.queueId} and status = 'NEW' limit 1`,
        );
        if (waiting && !(candidate.threshold > 1 && (await isAsleep(candidate)))) return true;
      }
      return false;
    },
  };

  /** An automation that ran dry sleeps until its queue's threshold is reached (contract b §1.4). */
  async function isAsleep({ automationId, queueId, threshold }: Candidate): Promise<boolean> {
    const state = await database.first(
      sql<{ ranDry: boolean; waiting: number }>`select ran_dry as "ranDry",
          (select count(*) from (select from work_item w where w.queue_id = ${queueId} and w.status = 'NEW' limit ${threshold}) n) as waiting
        from queue_automation where id = ${automationId}`,
    );
    if (!state?.ranDry) return false;
    if (state.waiting < threshold) return true;
    await setRanDry(automationId, false);
    return false;
  }

  async function setRanDry(automationId: number, ranDry: boolean): Promise<void> {
    await database.all(
      sql`update queue_automation set ran_dry = ${ranDry} where id = ${automationId} and ran_dry <> ${ranDry}`,
    );
  }
}

export type ItemDispatch = ReturnType<typeof createItemDispatch>;
