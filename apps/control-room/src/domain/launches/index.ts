import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error, SignalboxError } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ApiTasks } from '../api-tasks/index.ts';
import type { Caller, Identity } from '../identity/index.ts';
import { readCallbackUrl } from '../outbox/index.ts';
import { type ProcessRoom, requirePayloadCount } from '../processes/index.ts';
import { API_TASK_TYPE, type Repository } from '../repository/index.ts';
import type { Callback, DeploymentRequest, Runs } from '../runs/index.ts';
import type { Workspaces } from '../workspaces/index.ts';
import type { KeptLaunch, Launch, LaunchReceipt, ProcessTarget } from './launch.ts';

export interface LaunchesParts {
  readonly identity: Identity;
  readonly repository: Repository;
  readonly runs: Runs;
  readonly apiTasks: ApiTasks;
  readonly workspaces: Workspaces;
  readonly processes: ProcessRoom;
}

type Trigger = NonNullable<DeploymentRequest['trigger']>;

/** Deployments of any kind, now or later: what schedules and triggers keep and let go when their time has come. */
export function createLaunches({ sealer, log }: Kernel, parts: LaunchesParts) {
  const { identity, repository, runs, apiTasks, workspaces, processes } = parts;

  /** Inside the transaction of somebody else it belongs to that. @throws as runs.deployments and apiTasks.onDemand do */
  async function now(caller: Caller, launch: Launch, trigger?: Trigger): Promise<LaunchReceipt> {
    const { target } = launch;
    if (target.kind === 'PROCESS') return startProcess(caller, target, trigger);
    if (target.kind === 'HEADLESS') {
      const { fileId, automationName, botInput, description, callback } = launch;
      const deployment = { ...target, fileId, automationName, botInput, description, callback, trigger };
      return apiTasks.onDemand.deploy(caller, deployment);
    }
    const { deploymentId, automationName } = await runs.deployments.deploy(caller, { ...launch, target, trigger });
    return { deploymentId, automationName };
  }

  /** The wire has no word for what a trigger begins: it is a call from outside. [inferred] */
  async function startProcess(caller: Caller, target: ProcessTarget, trigger?: Trigger): Promise<LaunchReceipt> {
    const client = await workspaces.enter(caller, target.workspaceId);
    const { name } = await processes.get(client, target.processId);
    const { payloads } = target;
    const run = await processes.runs.start(
      client,
      target.processId,
      payloads === undefined ? { kind: 'default' } : { kind: 'payloads', payloads },
      trigger && { startedBy: trigger.type === 'SCHEDULE' ? 'schedule' : 'api' },
    );
    if (!run) throw new Error('A run that brings its own items did not begin.');
    return { deploymentId: run.id, automationName: name };
  }

  async function checkProcess(caller: Caller, { botInput, callback }: Launch, target: ProcessTarget): Promise<void> {
    if (callback || Object.keys(botInput).length > 0) {
      throw error('invalid', 'A process takes neither botInput nor callbackInfo.', {
        details:
          'expected what it is to work on in processRequest.payloads; webhooks of the workspace tell of its runs',
      });
    }
    if (target.payloads) requirePayloadCount(target.payloads.length);
    await processes.get(await workspaces.enter(caller, target.workspaceId), target.processId);
  }

  return {
    now,

    /**
     * Whether the caller may have this deployed later, as far as it can be said now: a device that is away today may be
     * back by then.
     *
     * @throws notFound; forbidden; invalid, for what could never be deployed
     */
    async check(caller: Caller, launch: Launch): Promise<void> {
      const { target } = launch;
      if (target.kind === 'PROCESS') {
        await checkProcess(caller, launch, target);
        return;
      }
      const entry = await repository.rights.require(caller, launch.fileId, 'schedule');
      if (target.kind === 'HEADLESS') {
        await repository.rights.require(caller, launch.fileId, 'run');
        if (entry.contentType === API_TASK_TYPE) return;
        throw error('invalid', `INVALID_ARGUMENT: "${entry.path}" is no API Task.`, {
          details: 'expected an API Task for a headlessRequest',
        });
      }
      if (launch.callback) readCallbackUrl(launch.callback.url);
      // A device that is busy at this moment says nothing about later.
      const later = target.kind === 'ATTENDED' ? { ...target, mayQueue: true } : target;
      await runs.deployments.check(caller, { ...launch, target: later }).catch((cause) => {
        if (!(cause instanceof SignalboxError) || cause.kind !== 'precondition') throw cause;
      });
    },

    /**
     * Deploys, or starts a process, in the name of a user who is not there, with the rights that he has at this moment. What was written before
     * stays, whatever comes of it.
     *
     * @returns the deployment, or the run of the process, or in words why it was refused
     * @throws what passes by itself: then nothing is decided, and whoever looks next tries again
     */
    async attempt(
      tx: Transaction,
      userId: number,
      launch: Launch,
      trigger: Trigger,
    ): Promise<{ readonly deploymentId: string } | { readonly refusal: string }> {
      await tx.all(sql`savepoint launching`);
      try {
        const caller = await identity.callerFor(userId);
        if (!caller) throw error('forbidden', 'The user in whose name it runs is disabled or deleted.');
        if (launch.target.kind !== 'PROCESS') await repository.rights.require(caller, launch.fileId, 'schedule');
        const { deploymentId } = await now(caller, launch, trigger);
        await tx.all(sql`release savepoint launching`);
        return { deploymentId };
      } catch (cause) {
        if (isPassing(cause)) throw cause;
        await tx.all(sql`rollback to savepoint launching`);
        if (cause instanceof SignalboxError) {
          return { refusal: [cause.message, cause.details].filter((part) => part !== '').join(' ') };
        }
        log.error({ err: cause, trigger }, 'Something could not be deployed for a reason that is ours.');
        return { refusal: 'Something went wrong in the server; its log says what.' };
      }
    },

    /** @param boundTo what it belongs to: sealed for that, it opens nowhere else */
    keep(launch: Launch, boundTo: string): KeptLaunch {
      const { callback, ...rest } = launch;
      return {
        fileId: launch.fileId,
        launch: JSON.stringify(rest),
        callbackSealed: callback === undefined ? null : sealer.seal(JSON.stringify(callback), boundTo),
      };
    },

    take(kept: { readonly launch: unknown; readonly callbackSealed: string | null }, boundTo: string): Launch {
      const { callbackSealed: sealed } = kept;
      const callback = sealed === null ? undefined : (JSON.parse(sealer.open(sealed, boundTo).toString()) as Callback); // kept by `keep`
      return { ...(kept.launch as Omit<Launch, 'callback'>), callback };
    },
  };
}

/** The database was away, or two transactions stood in each other's way. */
export function isPassing(cause: unknown): boolean {
  if (cause instanceof SignalboxError) return cause.kind === 'unavailable';
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === '40001' || code === '40P01';
}

export type Launches = ReturnType<typeof createLaunches>;
export type { HeadlessTarget, KeptLaunch, Launch, LaunchReceipt, ProcessTarget } from './launch.ts';
export { whatRuns } from './launch.ts';
