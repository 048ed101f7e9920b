import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Fleet } from '../fleet/index.ts';
import type { Caller } from '../identity/index.ts';
import { type Entry, type Repository, TASKBOT_TYPES } from '../repository/index.ts';
import { automationNameOf } from './automation-name.ts';
import type { BotInput } from './bot-input.ts';
import type { Callback } from './callback.ts';
import { type DeploymentRecord, recordDeployment } from './deployment-record.ts';
import { DEVICE_RUNS, POOL_RUNS } from './dispatch-topics.ts';
import { createPlacing, type Placement, type Target } from './placement.ts';
import { noteBusy } from './queries/note-busy.ts';

/** Contract a §9.3. The place of the word is what is stored. */
export const PRIORITIES = ['PRIORITY_LOW', 'PRIORITY_MEDIUM', 'PRIORITY_HIGH'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface DeploymentRequest {
  readonly fileId: number;
  readonly target: Target;
  /** Empty: the newest version. */
  readonly botLabel?: string | undefined;
  /** Made of bot, time and caller where it is not given. */
  readonly automationName?: string | undefined;
  readonly description?: string | undefined;
  readonly priority?: Priority | undefined;
  readonly botInput?: BotInput | undefined;
  /** Told about the end of each run. */
  readonly callback?: Callback | undefined;
  readonly runElevated?: boolean | undefined;
  readonly rdpEnabled?: boolean | undefined;
  readonly hideAgentUi?: boolean | undefined;
  /** What fires it, when no person does. */
  readonly trigger?: { readonly type: 'SCHEDULE' | 'TRIGGER'; readonly id: number | string } | undefined;
}

export interface DeploymentReceipt {
  readonly deploymentId: string;
  /** The same as a number, for the oldest version of the call. */
  readonly automationId: number;
  readonly automationName: string;
  /** One for each user or device that was chosen. */
  readonly runIds: readonly string[];
}

/** Deploying bots to devices (contract a §9). */
export function createDeployments({ database, sealer }: Kernel, fleet: Fleet, repository: Repository) {
  const placing = createPlacing(database, fleet);

  return {
    /** For runs that need no device and are made elsewhere. Answers the deployment's number. @throws as recordDeployment does */
    record: (tx: Transaction, given: DeploymentRecord): Promise<number> => recordDeployment(tx, sealer, given),

    /** For what is to be deployed later: whether it would be accepted at this moment. @throws as `deploy` does */
    async check(caller: Caller, request: DeploymentRequest): Promise<void> {
      await requireBot(caller, request.fileId, request.botLabel ?? '');
      requirePriority(caller, request);
      await placing.place(caller, request.target);
    },

    /**
     * Accepts a deployment: when this has committed its runs are on disk, visible and on their way. Inside the transaction
     * of somebody else it belongs to that.
     *
     * @throws notFound for a bot or device that is not there for the caller; forbidden; invalid and precondition as
     *   placement.ts says
     */
    async deploy(caller: Caller, request: DeploymentRequest): Promise<DeploymentReceipt> {
      const bot = await requireBot(caller, request.fileId, request.botLabel ?? '');
      const priority = requirePriority(caller, request);
      const deploymentId = randomUUIDv7();
      const placements = await placing.place(caller, request.target);
      const runs = placements.map((placement) => ({ id: randomUUIDv7(), ...placement }));

      return database.transaction(async (tx) => {
        const now = await tx.first(sql<{ now: Temporal.Instant }>`select present() as now`);
        const automationName =
          request.automationName ||
          automationNameOf(bot.name, caller.username, now?.now ?? Temporal.Now.instant()).slice(0, 255);
        const automationId = await recordDeployment(tx, sealer, {
          ...request,
          id: deploymentId,
          automationName,
          createdBy: caller.userId,
        });
        await tx.all(sql`insert into run (id, kind, status, deployment_id, automation_name, file_id, file_path, user_id, device_id, pool_ids,
            priority, created_by, modified_by, modified_on)
          select g.id, ${request.target.kind}, 'QUEUED', ${deploymentId}, ${automationName}, ${bot.id}, ${bot.path}, g.user_id, g.device_id,
            case when g.device_id is null then ${poolsOf(placements)}::bigint[] end, ${PRIORITIES.indexOf(priority)}, ${caller.userId},
            ${caller.userId}, present()
          from unnest(${runs.map(({ id }) => id)}::uuid[], ${runs.map(({ userId }) => userId)}::bigint[],
            ${runs.map(({ deviceId }) => deviceId)}::bigint[]) as g (id, user_id, device_id)`);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'bot.deploy',
          subject: { type: 'bot', id: bot.id, name: bot.path },
          details: {
            deploymentId,
            automationName,
            priority,
            kind: request.target.kind,
            ...(request.botLabel ? { botLabel: request.botLabel } : {}),
            ...(request.trigger ? { trigger: request.trigger } : {}),
            runs: runs.map(({ id, userId, deviceId, poolIds }) => ({ id, runAs: userId, deviceId, poolIds })),
          },
        });
        const devices = new Set(placements.flatMap(({ deviceId }) => deviceId ?? []));
        for (const deviceId of devices) {
          await noteBusy(tx, deviceId);
          await announce(tx, DEVICE_RUNS, deviceId);
        }
        for (const poolId of poolsOf(placements) ?? []) await announce(tx, POOL_RUNS, poolId);
        return { deploymentId, automationId, automationName, runIds: runs.map(({ id }) => id) };
      });
    },
  };

  async function requireBot(caller: Caller, fileId: number, label: string): Promise<Entry> {
    if (!caller.may('repositorymanager.view') || !caller.may('repositorymanager.run')) {
      throw error('forbidden', `${caller.username} may not run bots.`, {
        details: 'needed: repositorymanager.view and repositorymanager.run',
      });
    }
    const bot = await repository.rights.require(caller, fileId, 'run');
    if (bot.isFolder || !TASKBOT_TYPES.includes(bot.contentType)) {
      throw error('invalid', `INVALID_ARGUMENT: "${bot.path}" is no bot.`, { details: 'expected the id of a bot' });
    }
    if (bot.workspace !== 'PUBLIC') {
      throw error('invalid', `INVALID_ARGUMENT: "${bot.path}" is in a private workspace.`, {
        details: 'expected a bot of the public workspace; check it in first',
      });
    }
    if (label !== '' && !(await repository.bundles.read(fileId, { label }))) {
      throw error('invalid', `INVALID_ARGUMENT: no version of "${bot.path}" has the label ${label}.`, {
        details: 'expected a label of the bot in botLabel, or none for its newest version',
      });
    }
    return bot;
  }
}

function requirePriority(caller: Caller, { priority = 'PRIORITY_MEDIUM' }: DeploymentRequest): Priority {
  if (priority !== 'PRIORITY_HIGH' || caller.may('taskscheduling.setautomationpriority')) return priority;
  throw error('forbidden', `${caller.username} may not deploy with high priority.`, {
    details: 'needed: taskscheduling.setautomationpriority',
  });
}

export type Deployments = ReturnType<typeof createDeployments>;

/** All runs of a deployment that any device may take name the same pools. */
function poolsOf(placements: readonly Placement[]): readonly number[] | null {
  return placements.find(({ poolIds }) => poolIds !== null)?.poolIds ?? null;
}
