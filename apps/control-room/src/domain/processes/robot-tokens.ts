import { sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import { randomToken, sha256 } from '../../kernel/sealing.ts';
import { RUN_ENDED } from '../runs/index.ts';
import type { WorkspaceCaller, WorkspaceGrant, WorkspaceName } from '../workspaces/index.ts';

/** A robot at work, by the token of its step run. */
export interface RobotCaller extends WorkspaceCaller {
  readonly kind: 'robot';
  /** The step run. */
  readonly runId: string;
  readonly processRunId: string;
  readonly processId: string;
  readonly stepId: string;
}

interface Row {
  readonly runId: string;
  readonly processRunId: string;
  readonly processId: string;
  readonly stepId: string;
  readonly stepName: string;
  readonly deviceId: number;
  readonly userId: number;
  readonly workspace: WorkspaceName;
}

const PREFIX = 'sbrobot_';

const GRANTS: ReadonlySet<WorkspaceGrant> = new Set<WorkspaceGrant>([
  'Robot.work_items',
  'Robot.secrets',
  'Assets.read_asset_storage_assets',
  'Assets.write_asset_storage_assets',
]);

/** A token a claim: it opens what its robot needs, and dies with the run. */
export function createRobotTokens({ database, wakeUps }: Kernel) {
  const byHash: Remembered<Row | undefined> = remember(
    wakeUps,
    'robot-token',
    (hash) =>
      database.first(
        sql<Row>`select r.id as "runId", s.process_run_id as "processRunId", pr.process_id as "processId", s.step_id as "stepId",
            s.step_name as "stepName", r.device_id as "deviceId", pr.created_by as "userId",
            json_build_object('id', w.id, 'uuid', w.uuid, 'name', w.name) as workspace
          from step_run s join run r on r.id = s.run_id and r.lease_id is not null join process_run pr on pr.id = s.process_run_id
            join workspace w on w.id = s.workspace_id
          where s.token_hash = ${Buffer.from(hash, 'hex')}`,
      ),
    { clearedBy: [RUN_ENDED, 'session-over'] },
  );

  return {
    make: (): { readonly token: string; readonly hash: Buffer } => {
      const token = `${PREFIX}${randomToken()}`;
      return { token, hash: sha256(token) };
    },

    /** Undefined for what is none, or whose run is over. */
    async find(token: string): Promise<RobotCaller | undefined> {
      if (!token.startsWith(PREFIX)) return undefined;
      const row = await byHash.get(sha256(token).toString('hex'));
      if (!row) return undefined;
      const { runId, processRunId, processId, stepId, stepName, deviceId, userId, workspace } = row;
      return {
        workspace,
        kind: 'robot',
        actor: { type: 'robot', id: deviceId, name: stepName },
        userId,
        runId,
        processRunId,
        processId,
        stepId,
        may: (grant) => GRANTS.has(grant),
      };
    },
  };
}

export type RobotTokens = ReturnType<typeof createRobotTokens>;
