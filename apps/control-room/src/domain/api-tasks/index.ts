import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Page, Selection } from '../../kernel/selection.ts';
import type { Bots } from '../bots/index.ts';
import type { Caller, Identity } from '../identity/index.ts';
import type { Repository } from '../repository/index.ts';
import type { Runs } from '../runs/index.ts';
import {
  type Allocation,
  type AllocationSettings,
  createAllocations,
  MOST_AT_ONCE,
  notAllocated,
} from './allocations.ts';
import { requireApiTask } from './api-task-file.ts';
import { createExecutions } from './executions.ts';
import { createOnDemand, type OnDemandOptions } from './on-demand.ts';
import { createRealTime, type RealTimeOptions } from './real-time.ts';

export interface ApiTaskOptions {
  readonly realTime: RealTimeOptions;
  readonly onDemand: OnDemandOptions;
}

/** Where a task is called, and with what. */
export interface AccessDetails {
  readonly fileId: number;
  readonly token: string;
}

/** Bots that are called like a function: real-time through allocations, or on demand through a queue. */
export function createApiTasks(
  kernel: Kernel,
  { identity, repository, bots, runs }: { identity: Identity; repository: Repository; bots: Bots; runs: Runs },
  options: ApiTaskOptions,
) {
  const allocations = createAllocations(kernel.database);
  const executions = createExecutions(kernel.database, kernel.log);
  const realTime = createRealTime(kernel, { bots, repository, allocations, executions }, options.realTime);
  const onDemand = createOnDemand(kernel, { bots, repository, runs }, options.onDemand);
  return {
    onDemand,
    execute: realTime.execute,

    /** Brings up all that is allocated. Resolves when it stands ready. */
    async start(): Promise<void> {
      await bots.warmUp();
      onDemand.start();
      await realTime.reconcile();
    },

    /**
     * Makes or changes an allocation, and has it stand ready on this server before it answers.
     *
     * @throws notFound without the file; invalid for what is no API Task that can run, or for settings that cannot be
     */
    async allocate(caller: Caller, settings: AllocationSettings): Promise<Allocation> {
      const { fileId, runAsUserId, concurrencyLimit } = settings;
      if (concurrencyLimit < 1 || concurrencyLimit > MOST_AT_ONCE) {
        throw error('invalid', `concurrencyLimit is ${concurrencyLimit}.`, {
          details: `expected 1 to ${MOST_AT_ONCE}`,
        });
      }
      const { entry } = await requireApiTask(caller, fileId, { repository, bots });
      if (runAsUserId !== null) await allocations.requireUser(runAsUserId);
      await allocations.put(caller, entry.path, settings);
      await realTime.reconcile();
      return readAllocation(fileId);
    },

    list: (selection: Selection): Promise<Page<Allocation>> => allocations.list(selection),
    get: readAllocation,

    /** Calls that are under way are stopped. @throws notFound */
    async remove(caller: Caller, fileId: number): Promise<void> {
      await allocations.remove(caller, fileId);
      await realTime.reconcile();
    },

    /**
     * A token for the task at this path, which the caller must be allowed to run.
     *
     * @throws notFound when it is not there or not allocated; forbidden without the right to run it
     */
    async access(caller: Caller, path: string): Promise<AccessDetails> {
      const entry = await repository.entries.byPath(caller, path);
      await repository.rights.require(caller, entry.id, 'run');
      if ((await allocations.find(entry.id)) === undefined) throw notAllocated(entry.id);
      return { fileId: entry.id, token: await identity.taskTokens.sign(caller.userId, entry.id) };
    },

    /** Stops what is under way and resolves when all of it is in the record. */
    async close(): Promise<void> {
      await Promise.all([realTime.close(), onDemand.close()]);
      await executions.drain();
      await bots.close();
    },
  };

  async function readAllocation(fileId: number): Promise<Allocation> {
    const allocation = await allocations.find(fileId);
    if (allocation === undefined) throw notAllocated(fileId);
    return allocation;
  }
}

export type ApiTasks = ReturnType<typeof createApiTasks>;
export type { Allocation } from './allocations.ts';
