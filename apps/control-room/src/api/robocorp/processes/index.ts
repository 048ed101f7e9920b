import { outputLists } from '../process-runs/list-outputs.ts';
import { processRunLists } from '../process-runs/list-process-runs.ts';
import { oneProcessRun } from '../process-runs/one-process-run.ts';
import { startProcessRunByUrl } from '../process-runs/start-by-url.ts';
import { startProcessRun } from '../process-runs/start-process-run.ts';
import { stepRunOperations } from '../step-runs/step-runs.ts';
import { stepRunLeavings } from '../step-runs/what-it-left.ts';
import { workItemFileOperations } from '../work-items/add-file.ts';
import { batchWorkItems } from '../work-items/batch.ts';
import { workItemLists } from '../work-items/list-work-items.ts';
import { oneWorkItem } from '../work-items/one-work-item.ts';
import { listProcesses } from './list-processes.ts';
import { deliverMail } from './receive-mail.ts';

export const processOperations = [
  listProcesses,
  startProcessRun,
  startProcessRunByUrl,
  deliverMail,
  ...processRunLists,
  ...oneProcessRun,
  ...outputLists,
  ...stepRunOperations,
  ...stepRunLeavings,
  ...workItemLists,
  ...oneWorkItem,
  batchWorkItems,
  ...workItemFileOperations,
];
