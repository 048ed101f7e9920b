import { isRobot, type RobotCaller } from '../../../domain/processes/index.ts';
import type { WorkspaceCaller } from '../../../domain/workspaces/index.ts';
import { error } from '../../../kernel/errors.ts';
import { unversioned } from '../wire.ts';

/* What a running robot calls, with the token of its run (contract robocorp §8). */

export const declared = {
  module: 'Robot Runtime',
  versions: unversioned,
  provenance: 'observed',
  access: { workspace: 'Robot.work_items' },
} as const;

/** The robot of exactly this step run. @throws notFound */
export function robotOf(
  client: WorkspaceCaller,
  path: { readonly processId: string; readonly processRunId?: string; readonly stepRunId?: string },
): RobotCaller {
  const mine = (own: string, given: string | undefined): boolean => given === undefined || given.toLowerCase() === own;
  if (
    isRobot(client) &&
    mine(client.processId, path.processId) &&
    mine(client.processRunId, path.processRunId) &&
    mine(client.runId, path.stepRunId)
  )
    return client;
  throw error('notFound', 'This is not the step run of the token.');
}
