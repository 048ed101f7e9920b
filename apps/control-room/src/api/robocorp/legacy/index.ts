import { runReadOperations } from './read-runs.ts';
import { robotRunOperations } from './robot-runs.ts';
import { startOperations } from './start-runs.ts';
import { getRobotUploadForm } from './upload-robot.ts';
import { legacyItemOperations } from './work-items.ts';

export const legacyOperations = [
  ...startOperations,
  ...runReadOperations,
  ...robotRunOperations,
  ...legacyItemOperations,
  getRobotUploadForm,
];
