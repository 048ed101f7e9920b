import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Sealer } from '../../kernel/sealing.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { type Actor, recordAudit } from '../audit/index.ts';
import type { Outbox } from '../outbox/index.ts';
import { type Callback, callbackOf } from './callback.ts';
import { DEVICE_RUNS, RUN_ENDED } from './dispatch-topics.ts';
import { type RunStatus, runSourcesOf } from './life-cycle.ts';

/** A run as it stands when it has just ended: what an update of `run r` returns by `columns`. */
export interface EndedRun {
  readonly id: string;
  readonly status: RunStatus;
  readonly deploymentId: string | null;
  readonly automationName: string;
  readonly deviceId: number | null;
  readonly userId: number;
  readonly createdBy: number;
  readonly outputs: Readonly<Record<string, unknown>> | null;
}

const COLUMNS = sql`r.id, r.status, r.deployment_id as "deploymentId", r.automation_name as "automationName", r.device_id as "deviceId",
  r.user_id as "userId", r.created_by as "createdBy", r.outputs`;

/** What the end of a run brings with it, in the transaction that ends it: the audit row, the callback, the next run's turn. */
export function createRunEnds(sealer: Sealer, outbox: Outbox) {
  return {
    columns: COLUMNS,

    /** What a device was given, and cannot run; nothing of it was begun. */
    giveUp(
      tx: Transaction,
      run: { readonly id: string; readonly version: number },
      message: string,
    ): Promise<EndedRun[]> {
      return tx.all(
        sql<EndedRun>`update run r set status = 'DEPLOY_FAILED', version = r.version + 1, lease_id = null, message = ${message},
            ended_on = present(), modified_by = 0, modified_on = present()
          where r.id = ${run.id}::uuid and r.version = ${run.version} and r.status in (${sql.raw(runSourcesOf('refuse'))}) returning ${COLUMNS}`,
      );
    },

    async tell(tx: Transaction, actor: Actor, runs: readonly EndedRun[], details: object = {}): Promise<void> {
      for (const run of runs) {
        await recordAudit(tx, {
          actor,
          action: 'run.end',
          subject: { type: 'run', id: run.id, name: run.automationName },
          outcome: run.status === 'COMPLETED' ? 'SUCCESSFUL' : 'UNSUCCESSFUL',
          details: { status: run.status, deviceId: run.deviceId, ...details },
        });
        // How an UNKNOWN one ended nobody knows, so nobody is told.
        if (run.status !== 'UNKNOWN') await callBack(tx, run);
        await announce(tx, RUN_ENDED, run.id);
      }
      for (const deviceId of new Set(runs.flatMap(({ deviceId }) => deviceId ?? []))) {
        await announce(tx, DEVICE_RUNS, deviceId);
      }
    },
  };

  /** Contract a §9.5: once for each run; ids are texts. */
  async function callBack(tx: Transaction, run: EndedRun): Promise<void> {
    if (run.deploymentId === null) return;
    const row = await tx.first(
      sql<{ sealed: string | null }>`select callback_sealed as sealed from deployment where id = ${run.deploymentId}`,
    );
    if (!row?.sealed) return;
    const callback = JSON.parse(sealer.open(row.sealed, callbackOf(run.deploymentId)).toString('utf8')) as Callback; // sealed by deploy() from one
    await outbox.send(tx, {
      kind: 'callback',
      subject: { type: 'run', id: run.id },
      url: callback.url,
      headers: callback.headers,
      body: {
        deploymentId: run.deploymentId,
        status: run.status,
        ...(run.deviceId === null ? {} : { deviceId: String(run.deviceId) }),
        userId: String(run.userId),
        botOutput: run.outputs ?? {},
      },
      createdBy: run.createdBy,
    });
  }
}

export type RunEnds = ReturnType<typeof createRunEnds>;
