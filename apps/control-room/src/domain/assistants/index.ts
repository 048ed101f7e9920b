import type { Kernel } from '../../kernel/kernel.ts';
import type { TaskPackages } from '../task-packages/index.ts';
import type { Transfers } from '../transfers/index.ts';
import type { ToolTokens } from '../workspaces/index.ts';
import { createAssistantArtifacts } from './artifacts.ts';
import { createStored } from './assistants.ts';
import { createAssistantRuns } from './runs.ts';

export interface AssistantParts {
  readonly taskPackages: TaskPackages;
  readonly transfers: Transfers;
  readonly toolTokens: ToolTokens;
}

/** Robots that people start on their own computers, by a tool that tells how it goes. */
export function createAssistants({ database }: Kernel, { taskPackages, transfers, toolTokens }: AssistantParts) {
  return {
    ...createStored(database, taskPackages),
    runs: createAssistantRuns(database, taskPackages, toolTokens),
    artifacts: createAssistantArtifacts(database, transfers),
  };
}

export type Assistants = ReturnType<typeof createAssistants>;
export type { AssistantArtifact } from './artifacts.ts';
export type { Assistant, AssistantRun } from './assistant.ts';
export { encryptForTool, readToolKey } from './encryption.ts';
export type { StartedRun } from './runs.ts';
