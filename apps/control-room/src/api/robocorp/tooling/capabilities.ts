import type { WorkspaceGrant } from '../../../domain/workspaces/index.ts';
import { error } from '../../../kernel/errors.ts';

/**
 * What each of the sets that a tool may ask for opens (contract robocorp §9.2). A robot that is run by hand gets what a running one has:
 * its library reaches assets with the token for secrets.
 */
const CAPABILITIES: Readonly<Record<string, readonly WorkspaceGrant[]>> = {
  'view/workspaces': ['Tool.view_workspaces'],
  'get/robot': ['Tool.view_workspaces', 'Tool.read_robots'],
  'edit/robot': ['Tool.view_workspaces', 'Tool.read_robots', 'Tool.write_robots'],
  'run/assistant': ['Tool.view_workspaces', 'Tool.run_assistants'],
  'run/robot': [
    'Tool.view_workspaces',
    'Tool.read_robots',
    'Robot.secrets',
    'Robot.work_items',
    'Assets.read_asset_storage_assets',
    'Assets.write_asset_storage_assets',
  ],
};

/** Without a name the least. @throws invalid */
export function grantsOf(capabilitySet = 'view/workspaces'): readonly WorkspaceGrant[] {
  const grants = CAPABILITIES[capabilitySet.trim().toLowerCase()];
  if (grants) return grants;
  throw error('invalid', 'There is no capability set of this name.', {
    details: `expected one of ${Object.keys(CAPABILITIES).join(', ')}`,
  });
}
