import type { Wire } from '../operation.ts';
import { assetOperations } from './assets/index.ts';
import { assistantOperations } from './assistants/index.ts';
import { legacyOperations } from './legacy/index.ts';
import { processOperations } from './processes/index.ts';
import { runtimeOperations } from './runtime/index.ts';
import { secretOperations } from './secrets/secrets.ts';
import { taskPackageOperations } from './task-packages/index.ts';
import { assistantToolOperations } from './tooling/assistants.ts';
import { metricOperations } from './tooling/metrics.ts';
import { robotToolOperations } from './tooling/robots.ts';
import { tokenVendorOperations } from './tooling/token-vendor.ts';
import { toolWorkspaceOperations } from './tooling/workspaces.ts';
import { webhookOperations } from './webhooks/index.ts';
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
    ...secretOperations,
    ...assetOperations,
    ...taskPackageOperations,
    ...webhookOperations,
    ...assistantOperations,
    ...assistantToolOperations,
    ...tokenVendorOperations,
    ...toolWorkspaceOperations,
    ...metricOperations,
    ...processOperations,
    ...runtimeOperations,
    ...robotToolOperations,
  ],
};

/** The calls of before, whose refusals look otherwise. */
export const robocorpLegacyWire: Wire = {
  name: 'robocorp-legacy',
  token: readKey,
  renderError: renderLegacyError,
  operations: legacyOperations,
};
