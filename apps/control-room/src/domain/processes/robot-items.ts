import { sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import { readNumber } from '../../kernel/ids.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { OpenedItem, Release, Work } from '../work/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { queueBehind } from './definition.ts';
import type { ItemFile } from './items.ts';
import type { Processes } from './processes.ts';
import type { RobotCaller } from './robot-tokens.ts';

/**
 * What a running robot does with items (contract robocorp §8.3). It reaches those of its own process run and no others; a tool's
 * token, with which a developer runs a robot on his own machine, those of the workspace's processes.
 */
export function createRobotItems(
  { database }: Kernel,
  { processes, work }: { readonly processes: Processes; readonly work: Work },
) {
  /** Reads an item, and so begins with it. */
  async function open(caller: WorkspaceCaller, id: string): Promise<OpenedItem> {
    const number = readNumber(id);
    const item = number === undefined ? undefined : await find(caller, number);
    if (!item) throw error('notFound', `There is no work item with the id ${id.slice(0, 100)} for this robot.`);
    return item;
  }

  function find(caller: WorkspaceCaller, id: number): Promise<OpenedItem | undefined> {
    if (isRobot(caller)) {
      const { runId: stepRunId, processRunId } = caller;
      return work.runItems.open({ stepRunId, processRunId }, id);
    }
    return database.first(
      sql<OpenedItem>`select w.id, y.json as payload from work_item w join queue q on q.id = w.queue_id join process p on p.id = q.process_id
        left join work_item_payload y on y.work_item_id = w.id
        where w.id = ${id} and p.workspace_id = ${caller.workspace.id}`,
    );
  }

  return {
    open,

    async setPayload(caller: WorkspaceCaller, id: string, payload: unknown): Promise<void> {
      const item = await open(caller, id);
      await database.transaction((tx) => work.runItems.setPayload(tx, item.id, payload));
    },

    async files(caller: WorkspaceCaller, id: string): Promise<ItemFile[]> {
      const item = await open(caller, id);
      return database.all(
        sql<ItemFile>`select id::text, name, size from work_item_file where work_item_id = ${item.id} order by id`,
      );
    },

    /** The next item of the robot's step; undefined when none waits. @throws conflict while it has one that it has begun */
    async reserve(robot: RobotCaller): Promise<number | undefined> {
      const queueId = await queueOf(robot);
      const { runId: stepRunId, processRunId } = robot;
      const reserved = await work.runItems.reserve({ stepRunId, processRunId, queueId });
      if (reserved?.held === 'ACTIVE') {
        throw error('conflict', `The robot has work item ${reserved.id} and has not released it.`, {
          details: 'release it first',
        });
      }
      return reserved?.id;
    },

    /** May be said twice. @throws conflict when the item is not the robot's */
    async release(robot: RobotCaller, itemId: string, end: Pick<Release, 'status' | 'exception'>): Promise<void> {
      const number = readNumber(itemId);
      const released =
        number === undefined
          ? undefined
          : await work.runItems.release({ itemId: number, stepRunId: robot.runId, ...end });
      if (released && released.outcome !== 'refused') return;
      const { id } = await open(robot, itemId);
      throw error('conflict', `Work item ${id} is ${released?.status ?? 'gone'}, and not this robot’s to release.`);
    },

    /**
     * What comes out of an item that the robot has: an input of the next step, or an output of the run. It is seen by others
     * when the item has been released.
     *
     * @throws conflict when the robot does not have the parent
     */
    async output(robot: RobotCaller, parentId: string, payload: unknown): Promise<number> {
      const process = await processes.definition(robot.processId);
      const number = readNumber(parentId) ?? 0;
      return database.transaction(async (tx) => {
        const parent = await tx.first(
          sql`select 1 from work_item where id = ${number} and step_run_id = ${robot.runId}::uuid and lease_id is not null for update`,
        );
        if (!parent || !process) {
          throw error(
            'conflict',
            `The robot does not have work item ${parentId.slice(0, 100)}, out of which this would come.`,
            {
              details: 'reserve it first',
            },
          );
        }
        const place = {
          queueId: queueBehind(process, robot.stepId),
          processRunId: robot.processRunId,
          parentId: number,
          createdBy: robot.userId,
        };
        const [id = 0] = await work.runItems.put(tx, place, [payload]);
        return id;
      });
    },
  };

  async function queueOf({ processId, stepId }: RobotCaller): Promise<number> {
    const step = (await processes.definition(processId))?.steps.find(({ id }) => id === stepId);
    if (!step) throw error('notFound', 'The step of this robot is no longer there.');
    return step.queueId;
  }
}

export type RobotItems = ReturnType<typeof createRobotItems>;

export function isRobot(caller: WorkspaceCaller): caller is RobotCaller {
  return caller.kind === 'robot';
}
