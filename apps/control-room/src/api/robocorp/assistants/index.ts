import type { Operation } from '../../operation.ts';
import { createAssistant } from './create-assistant.ts';
import { getAssistant } from './get-assistant.ts';
import { listAssistants } from './list-assistants.ts';
import { getAssistantRun, listAssistantRuns, listRunsOfAssistant } from './runs.ts';

export const assistantOperations: readonly Operation[] = [
  listAssistants,
  createAssistant,
  getAssistant,
  listRunsOfAssistant,
  listAssistantRuns,
  getAssistantRun,
];
