import type { Wire } from '../operation.ts';
import { assetOperations } from './assets/index.ts';
import { getRobotUploadForm } from './legacy/upload-robot.ts';
import { taskPackageOperations } from './task-packages/index.ts';
import { robotToolOperations } from './tooling/robots.ts';
import { keepSlashesInNames, readKey, renderError, renderLegacyError } from './wire.ts';
import { workerGroupOperations } from './worker-groups/index.ts';
import { workerOperations } from './workers/index.ts';
import { getWorkspace } from './workspace/get-workspace.ts';

/** API v1: what integrators call with a workspace's key, and running robots with their token. */
export const robocorpWire: Wire = {
  name: 'robocorp',
  token: readKey,
  renderError,
  rewriteUrl: keepSlashesInNames,
  operations: [
    getWorkspace,
    ...workerOperations,
    ...workerGroupOperations,
    ...assetOperations,
    ...taskPackageOperations,
    ...robotToolOperations,
  ],
};

/** The calls of before, whose refusals look otherwise. */
export const robocorpLegacyWire: Wire = {
  name: 'robocorp-legacy',
  token: readKey,
  renderError: renderLegacyError,
  operations: [getRobotUploadForm],
};
