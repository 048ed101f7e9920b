import type { Kernel } from '../../kernel/kernel.ts';
import type { Runs } from '../runs/index.ts';
import type { Transfers } from '../transfers/index.ts';
import type { Webhooks } from '../webhooks/index.ts';
import type { Work } from '../work/index.ts';
import { createAdvance } from './advance.ts';
import { createExplaining } from './explaining.ts';
import { createGroupDemand } from './groups.ts';
import { createItemFiles } from './item-files.ts';
import { createItems } from './items.ts';
import { createLookOut } from './look-out.ts';
import { createMailReceiving } from './mail/receiving.ts';
import type { OwnsQueue, Robots, Workers } from './parts.ts';
import { createProcessRuns } from './process-runs.ts';
import { createProcesses } from './processes.ts';
import { forgetProcessRuns } from './remove-runs.ts';
import { createRobotItems } from './robot-items.ts';
import { createRobotOrders } from './robot-orders.ts';
import { createRobotTokens } from './robot-tokens.ts';
import { createStepRuns } from './step-runs.ts';
import { createTelling } from './telling.ts';

export interface ProcessParts {
  readonly work: Work;
  readonly runs: Runs;
  readonly transfers: Transfers;
  readonly robots: Robots;
  readonly workers: Workers;
  readonly ownsQueue: OwnsQueue;
  readonly webhooks: Webhooks;
  readonly organizationId: string;
  /** Runs that completed longer ago are forgotten; without it none are. */
  readonly retentionDays: number | undefined;
}

/** Processes of robots: steps that hand items on to each other, run after run. */
export function createProcessRoom(kernel: Kernel, parts: ProcessParts) {
  const { work, runs, transfers, robots } = parts;
  const tell = createTelling(kernel.sealer, parts.webhooks);
  const processes = createProcesses(kernel, parts);
  const tokens = createRobotTokens(kernel);
  const advance = createAdvance(kernel, { processes, work, tell, webhooks: parts.webhooks });
  const { organizationId } = parts;
  const orders = createRobotOrders(kernel, { processes, work, ends: runs.ends, robots, tokens, organizationId });
  const processRuns = createProcessRuns(kernel, { processes, work, tell });
  const explaining = createExplaining(kernel.database, { processes, runs: processRuns });
  runs.dispatch.alsoGive((wanting) => orders.take(wanting));
  runs.explaining.waiting('STEP', explaining.stepRun);
  return {
    ...processes,
    groups: createGroupDemand(kernel.database),
    runs: processRuns,
    explaining,
    stepRuns: createStepRuns(kernel, transfers),
    items: createItems(kernel, { processes, work }),
    files: createItemFiles(kernel, transfers),
    mail: createMailReceiving(kernel, { processes, runs: processRuns, work }),
    robots: { tokens, items: createRobotItems(kernel, { processes, work }), packageFor: orders.packageFor },
    lookOut: createLookOut(kernel, advance),
    /** A background duty, where a time is set. */
    sweep: async (): Promise<void> => {
      if (parts.retentionDays !== undefined) await forgetProcessRuns(kernel.database, parts.retentionDays);
    },
  };
}

export type ProcessRoom = ReturnType<typeof createProcessRoom>;
export type { Process, ProcessSettings, Step, StepSettings } from './definition.ts';
export { BATCH_OPERATIONS, type BatchOperation, type ItemFile, type ProcessItem } from './items.ts';
export { LARGEST_MAIL, type ReceivedMail } from './mail/receiving.ts';
export {
  CALLBACK_EVENTS,
  type ProcessRun,
  type RunCallback,
  type RunFigures,
  type RunInput,
  requirePayloadCount,
} from './process-runs.ts';
export { isRobot } from './robot-items.ts';
export type { RobotOrder } from './robot-orders.ts';
export type { RobotCaller } from './robot-tokens.ts';
export {
  ITEM_STATES,
  type ItemState,
  PROCESS_RUN_ENDED,
  PROCESS_RUN_STATES,
  type ProcessRunState,
  UNFINISHED_PROCESS_RUN,
} from './run-states.ts';
export type { StepRun, StepRunArtifact } from './step-runs.ts';
export { processRunAsShown } from './telling.ts';
