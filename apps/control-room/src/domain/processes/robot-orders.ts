import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { recordAudit } from '../audit/index.ts';
import { holderOf, type RunnerIdentity } from '../fleet/index.ts';
import { noteBusy, RUN_LEASE_SECONDS, type RunEnds } from '../runs/index.ts';
import { PROCESS_RUN, type Work } from '../work/index.ts';
import { CLAIM_STEP_RUNS } from './claim-step-runs.ts';
import type { Process, Step } from './definition.ts';
import type { Robot, Robots } from './parts.ts';
import type { Processes } from './processes.ts';
import type { RobotTokens } from './robot-tokens.ts';

/** A robot for a runner: which one, with what. */
export interface RobotOrder {
  readonly id: string;
  readonly version: number;
  readonly robot: { readonly sha256: string; readonly packageName: string; readonly taskName: string };
  readonly processName: string;
  readonly stepName: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Names of variables whose values are never shown. */
  readonly secrets: readonly string[];
  readonly timeoutSeconds: number | null;
}

interface Claimed {
  readonly id: string;
  readonly version: number;
  readonly processRunId: string;
  readonly stepId: string;
  readonly processId: string;
}

export interface Wanting {
  readonly runner: RunnerIdentity;
  readonly sessionId: string;
  /** Under which address the runner knows this server; its robots call the same. */
  readonly origin: string;
}

/** Contract robocorp §8.1: each API has a token variable of its own, and it is the same token. */
const TOKEN_VARIABLES = ['RC_API_WORKITEM_TOKEN', 'RC_API_PROCESS_TOKEN', 'RC_API_SECRET_TOKEN', 'RC_API_TOKEN_V1'];
const HOST_VARIABLES = ['RC_API_WORKITEM_HOST', 'RC_API_PROCESS_HOST', 'RC_API_SECRET_HOST'];
const SYSTEM = { type: 'system', id: 0, name: 'system' } as const;

/** Gives waiting step runs to runners, each with its first item, its robot and a token of its own. */
export function createRobotOrders(
  { database }: Kernel,
  parts: {
    readonly processes: Processes;
    readonly work: Work;
    readonly ends: RunEnds;
    readonly robots: Robots;
    readonly tokens: RobotTokens;
    readonly organizationId: string;
  },
) {
  const { processes, work, ends, robots, tokens, organizationId } = parts;

  return {
    async take(wanting: Wanting): Promise<RobotOrder[]> {
      // Asked first, because it takes no lock: most wake-ups are for somebody else.
      const waits = await database.first(
        sql`select 1 from run r join step_run s on s.run_id = r.id join device d on d.id = ${wanting.runner.deviceId} and d.workspace_id = s.workspace_id
          where r.kind = 'STEP' and r.status = 'QUEUED' limit 1`,
      );
      if (!waits) return [];
      return database.transaction(async (tx) => {
        const { deviceId, hostName } = wanting.runner;
        await tx.all(sql`select 1 from device where id = ${deviceId} for update`);
        const holder = holderOf(deviceId, wanting.sessionId);
        const claimed = await tx.hot<Claimed>(CLAIM_STEP_RUNS, [deviceId, holder, RUN_LEASE_SECONDS]);
        if (claimed.length === 0) return [];
        const orders: RobotOrder[] = [];
        for (const run of claimed) {
          const order = await orderFor(tx, run, wanting.origin);
          if (order) orders.push(order);
        }
        await noteBusy(tx, deviceId);
        await recordAudit(tx, {
          actor: { type: 'device', id: deviceId, name: hostName },
          action: 'run.claim',
          subject: { type: 'device', id: deviceId, name: hostName },
          details: { runs: orders.map(({ id, version }) => ({ id, version })) },
        });
        return orders;
      });
    },

    /** The robot of a step run that the device has; undefined for any other. */
    async packageFor(deviceId: number, runId: string): Promise<Buffer | undefined> {
      const row = await database.first(
        sql<{ sha256: Buffer | null }>`select s.robot_sha256 as sha256 from run r join step_run s on s.run_id = r.id
          where r.id = ${runId}::uuid and r.device_id = ${deviceId} and r.lease_id is not null`,
      );
      return row?.sha256 ? robots.content(row.sha256) : undefined;
    },
  };

  async function robotOf(
    processId: string,
    stepId: string,
  ): Promise<{ process: Process; step: Step; robot: Robot } | undefined> {
    const process = await processes.definition(processId);
    const step = process?.steps.find(({ id }) => id === stepId);
    const robot = process && step && (await robots.forRun(process.workspaceId, step.taskPackageId));
    return process && step && robot && { process, step, robot };
  }

  async function orderFor(tx: Transaction, run: Claimed, origin: string): Promise<RobotOrder | undefined> {
    const found = await robotOf(run.processId, run.stepId);
    if (!found) {
      await giveUp(tx, run, 'The step, or its task package, is no longer there.');
      return undefined;
    }
    const { process, step, robot } = found;
    const item = await work.runItems.reserveIn(tx, {
      stepRunId: run.id,
      processRunId: run.processRunId,
      queueId: step.queueId,
    });
    if (!item) {
      // Others have worked it all off meanwhile: it never began, and nothing is to be said of it.
      await tx.all(sql`delete from run where id = ${run.id}::uuid`);
      await announce(tx, PROCESS_RUN, run.processRunId);
      return undefined;
    }
    if (item.held) await work.runItems.keep(tx, item.id, run.id);
    const { token, hash } = tokens.make();
    await tx.all(
      sql`update step_run set token_hash = ${hash}, robot_sha256 = ${robot.sha256} where run_id = ${run.id}::uuid`,
    );
    return {
      id: run.id,
      version: run.version,
      robot: { sha256: robot.sha256.toString('hex'), packageName: robot.name, taskName: step.taskName },
      processName: process.name,
      stepName: step.name,
      environment: {
        ...step.environment,
        RC_ORGANIZATION_ID: organizationId,
        RC_WORKSPACE_ID: await uuidOf(tx, process.workspaceId),
        RC_PROCESS_ID: process.id,
        RC_PROCESS_RUN_ID: run.processRunId,
        RC_ACTIVITY_RUN_ID: run.id,
        RC_ROBOT_RUN_ID: run.id,
        RC_WORKITEM_ID: String(item.id),
        RC_API_URL_V1: `${origin}/v1/`,
        ...Object.fromEntries(HOST_VARIABLES.map((name) => [name, origin])),
        ...Object.fromEntries(TOKEN_VARIABLES.map((name) => [name, token])),
      },
      secrets: TOKEN_VARIABLES,
      timeoutSeconds: step.timeoutSeconds,
    };
  }

  async function uuidOf(tx: Transaction, workspaceId: number): Promise<string> {
    const row = await tx.first(sql<{ uuid: string }>`select uuid from workspace where id = ${workspaceId}`);
    return row?.uuid ?? '';
  }

  async function giveUp(tx: Transaction, run: Claimed, message: string): Promise<void> {
    const ended = await ends.giveUp(tx, run, message);
    await ends.tell(tx, SYSTEM, ended);
  }
}

export type RobotOrders = ReturnType<typeof createRobotOrders>;
